"""Who is taken apart, or joined again, enters no segment a second time that they were in."""

import pytest

from profiles.identity.unmerge import undo, unmerge
from profiles.models import SegmentMember
from tenants.crypto import blind_index
from tenants.db import tenant_connection

from ...profiles.conftest import event, viewed
from .conftest import act, all_of, heard


def bought(item="i1", **who):
    return event(event="Order Completed", properties={"products": [{"product_id": item, "price": 3}]}, **who)


@pytest.fixture
def visitor(scope):
    return blind_index(scope.tenant_id, "anonymous_id", "a1")


@pytest.fixture
def both(streaming, live, send, process, shopper):
    """Visitor a1 looked twice, u1 bought; then a server said that they are one. `shy`: who looked and never bought."""
    keen = live("Keen", all_of(act("viewed", value=2)))
    shy = live("Shy", all_of(act("viewed"), act("bought", op="=", value=0)))
    send(viewed(anonymousId="a1"), viewed(anonymousId="a1"), bought(userId="u1"), viewed("u1"))
    process()
    alone = shopper("a1", "anonymous_id").pk
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    heard.clear()
    return keen, shy, alone


def entries():
    return [(c.segment_key, c.profile_id) for c in heard if c.entered and not c.redefined]


def test_a_restored_shopper_enters_nothing_again(both, scope, shopper, visitor, members):
    keen, shy, alone = both
    with tenant_connection(scope.schema):
        since = SegmentMember.objects.get(segment=keen).entered_at
    unmerge(scope, shopper("u1").pk, {visitor}, actor="owner")
    assert members(keen) == {alone}
    assert members(shy) == {alone}
    assert entries() == []
    assert {(c.segment_key, c.redefined) for c in heard if c.entered} == {("keen", True), ("shy", True)}
    with tenant_connection(scope.schema):
        assert SegmentMember.objects.get(segment=keen, profile_id=alone).entered_at == since


def test_joined_again_they_enter_nothing_again(both, scope, shopper, visitor, send, process, live, members):
    pair = live("Pair", all_of(act("viewed", value=3)))
    assert members(pair) == {shopper("u1").pk}
    change = unmerge(scope, shopper("u1").pk, {visitor}, actor="owner")
    assert members(pair) == set()
    heard.clear()
    undo(scope, change.pk, actor="owner")
    assert members(pair) == {shopper("u1").pk}
    assert entries() == []


def test_what_is_new_to_them_is_an_entry(both, scope, shopper, visitor, send, process, live):
    often = live("Often", all_of(act("viewed", value=4)))
    unmerge(scope, shopper("u1").pk, {visitor}, actor="owner")
    heard.clear()
    send(viewed(anonymousId="a1"), viewed(anonymousId="a1"))
    process()
    assert entries() == [(often.key, shopper("a1", "anonymous_id").pk)]


def test_two_who_meet_for_the_first_time_enter_together(streaming, live, send, process, shopper):
    live("Keen", all_of(act("viewed", value=2)))
    send(viewed(anonymousId="a1"), viewed("u1"))
    process()
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    assert entries() == [("keen", shopper("u1").pk)]
