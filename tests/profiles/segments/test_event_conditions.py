"""Segments of any event with any property: counted before the segment exists, judged once everybody has been counted."""

import pytest

from profiles.segments import preview as module
from profiles.segments.preview import preview
from profiles.traits.models import Aggregate
from tenants.db import tenant_connection

from ...profiles.conftest import ago, event
from .conftest import all_of, heard, in_segment


def did(name="Wishlist Shared", **fields):
    return {"type": "event", "event": name, **fields}


APP = {"where": [{"property": "channel", "values": ["app"]}]}
TWICE_BY_APP = all_of(did(value=2, **APP))


def shared(user, channel="app", **fields):
    return event(event="wishlist shared", userId=user, properties={"channel": channel}, **fields)


@pytest.fixture
def sharers(send, process, shopper):
    """u1 shared twice by app, u2 once by app and once by mail, u3 twice by app, once of it long ago."""
    send(shared("u1"), shared("u1"), shared("u2"), shared("u2", "mail"))
    send(shared("u3"), shared("u3", timestamp=ago(days=40)))
    process()
    return {n: shopper(f"u{n}").pk for n in (1, 2, 3)}


def test_those_who_did_it_before_are_in_it_and_the_others_enter_when_they_do(
    streaming, sharers, live, members, send, process
):
    segment = live("App sharers", TWICE_BY_APP)
    assert members(segment) == {sharers[1]}
    send(shared("u2"))
    process()
    assert members(segment) == {sharers[1], sharers[2]}
    assert [(c.profile_id, c.redefined) for c in heard] == [(sharers[1], True), (sharers[2], False)]


def test_nobody_is_judged_by_a_count_that_has_only_begun(
    streaming, sharers, live, members, send, process, pass_over, scope
):
    never = live("Never", all_of(did(op="=", value=0)), draft=True)
    from profiles.segments import services

    with tenant_connection(scope.schema):
        services.go_live(scope, never, actor="test")
    send(event("page", userId="u1"), event("page", userId="u9"))
    process()
    # u1 did it before, which is not counted yet: it would enter, and leave again.
    assert members(never) == set()
    pass_over()
    assert sharers[1] not in members(never)
    assert len(members(never)) == 1


def test_the_window_and_what_a_property_sums_up_to(streaming, sharers, live, members, send, process, shopper):
    ever = live("Ever", all_of(did(value=2, days=None, **APP)))
    assert members(ever) == {sharers[1], sharers[3]}
    send(
        event(event="Donated", userId="u1", properties={"amount": 30}),
        event(event="Donated", userId="u1", properties={"amount": "12.5"}),
    )
    process()
    givers = live("Givers", all_of(did("donated", by="sum", property="amount", value=42.5)))
    assert members(givers) == {sharers[1]}


def test_segments_that_ask_the_same_share_its_count_and_leave_none_behind(streaming, sharers, live, scope):
    from profiles.segments import services

    one, other = live("One", TWICE_BY_APP), live("Other", all_of(did("WISHLIST shared ", value=5, **APP)))
    live("Through", all_of(in_segment("one")))
    with tenant_connection(scope.schema):
        assert Aggregate.objects.count() == 1
        services.archive(scope, other, actor="test")
        assert Aggregate.objects.count() == 1
        services.change_segment(scope, one, services.SegmentForm("One", all_of(did("Donated"))), actor="test")
        assert [a.definition["event"] for a in Aggregate.objects.all()] == ["Donated"]


def test_the_preview_opens_events_that_nobody_counts_yet(sharers, live, scope, monkeypatch):
    with tenant_connection(scope.schema):
        before = preview(scope, TWICE_BY_APP)
        assert not Aggregate.objects.exists()
    live("App sharers", TWICE_BY_APP)
    with tenant_connection(scope.schema):
        after = preview(scope, TWICE_BY_APP)
    assert (before.count, before.sample, before.exact, before.of) == (1, (sharers[1],), True, 3)
    assert before == after


def test_a_preview_that_has_no_time_for_everybody_says_an_interval(sharers, scope, monkeypatch):
    monkeypatch.setattr("profiles.segments.borrowed.PORTION", 1)
    monkeypatch.setattr(module, "BORROWING_SECONDS", 0.0)
    with tenant_connection(scope.schema):
        size = preview(scope, TWICE_BY_APP)
    assert (size.exact, size.of) == (False, 3)
    assert size.low <= 1 <= size.high
