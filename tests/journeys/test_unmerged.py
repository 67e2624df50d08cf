"""Who is taken apart gets back what began as theirs, and is greeted by no journey a second time."""

import pytest

from journeys.models import Enrolment
from profiles.identity.unmerge import undo, unmerge
from profiles.models import Profile
from profiles.segments import recompute, services
from profiles.segments.forms import SegmentForm
from profiles.selectors import find_profile
from tenants.crypto import blind_index

from .conftest import TRIGGER
from .test_merges import WAIT, identify, visit

LOOKED = {"type": "all", "of": [{"type": "act", "act": "viewed"}]}


@pytest.fixture
def visitor(scope):
    return blind_index(scope.tenant_id, "anonymous_id", "a1")


def test_a_way_through_a_journey_follows_both_ways(journey, happen, scope, visitor):
    journey(TRIGGER, WAIT)
    visit(happen)
    alone = find_profile(scope, "anonymous_id", "a1").pk
    happen("Product Viewed", user="u1")
    identify(happen)
    known = find_profile(scope, "user_id", "u1").pk
    assert Enrolment.objects.get().profile_id == known
    change = unmerge(scope, known, {visitor}, actor="owner")
    assert (Enrolment.objects.get().profile_id, Enrolment.objects.get().finished_at) == (alone, None)
    undo(scope, change.pk, actor="owner")
    assert (Enrolment.objects.get().profile_id, Enrolment.objects.get().finished_at) == (known, None)


def test_a_unit_comes_back_as_it_was(journey, happen, scope, visitor):
    visit(happen)
    before = bytes(find_profile(scope, "anonymous_id", "a1").unit)
    happen("Product Viewed", user="u1")
    identify(happen)
    unmerge(scope, find_profile(scope, "user_id", "u1").pk, {visitor}, actor="owner")
    assert bytes(find_profile(scope, "anonymous_id", "a1").unit) == before
    assert bytes(find_profile(scope, "user_id", "u1").unit) != before


def test_a_journey_by_segment_greets_nobody_twice(journey, happen, scope, visitor, settings):
    settings.EVENT_SUBSCRIBERS = ["profiles.segments.streaming.on_events", "journeys.subscriber.on_events"]
    segment = services.create_segment(scope, SegmentForm("Lookers", LOOKED), actor="test")
    services.go_live(scope, segment, actor="test")
    while recompute.run_turn(scope):
        pass
    journey(("segment_trigger", {"segment": segment.key}), WAIT, entry={"again": "always"})
    happen("Product Viewed", user="u1", properties={"product_id": "i1"})
    happen({"type": "track", "event": "Product Viewed", "anonymousId": "a1", "messageId": "v",
            "properties": {"product_id": "i1"}})  # fmt: skip
    assert Enrolment.objects.count() == 2
    identify(happen)
    change = unmerge(scope, find_profile(scope, "user_id", "u1").pk, {visitor}, actor="owner")
    undo(scope, change.pk, actor="owner")
    assert Enrolment.objects.count() == 2
    assert Profile.objects.count() == 1
