"""Shoppers enter and leave with the batch that changes them."""

from compliance.consent import Choice
from profiles.consents import set_consent
from profiles.models import Segment
from profiles.segments.models import SegmentTally
from profiles.segments.selectors import memberships, segments_of, sizes
from tenants.db import tenant_connection

from ...profiles.conftest import event, viewed
from .conftest import act, all_of, heard, in_segment, none_of


def test_one_enters_with_the_event_and_is_told_once(streaming, live, send, process, shopper, members, scope):
    keen = live("Keen", all_of(act("viewed", value=2)))
    send(viewed("u1"))
    process()
    assert members(keen) == set()
    send(viewed("u1"), viewed("u2"))
    process()
    send(viewed("u1"))
    process()
    first = shopper("u1").pk
    assert members(keen) == {first}
    assert [(c.segment_key, c.segment_id, c.profile_id, c.entered) for c in heard] == [
        ("keen", keen.pk, first, True)
    ]
    with tenant_connection(scope.schema):
        assert sizes()[keen.pk] == 1
        assert segments_of(scope.schema, [first, shopper("u2").pk]) == {
            first: {keen.pk},
            shopper("u2").pk: set(),
        }
        assert [m.key for m in memberships(scope.schema, first)] == ["keen"]


def test_one_leaves_when_it_holds_no_more(streaming, live, send, process, shopper, members, scope):
    lookers = live("Lookers", all_of(act("viewed"), act("bought", op="=", value=0)))
    send(viewed("u1"))
    process()
    assert members(lookers) == {shopper("u1").pk}
    heard.clear()
    send(
        event(
            event="Order Completed", userId="u1", properties={"products": [{"product_id": "i1", "price": 3}]}
        )
    )
    process()
    assert members(lookers) == set()
    assert [(c.profile_id, c.entered) for c in heard] == [(shopper("u1").pk, False)]
    with tenant_connection(scope.schema):
        assert sizes()[lookers.pk] == 0


def test_a_draft_has_no_members(streaming, live, send, process, members):
    draft = live("Draft", all_of(act("viewed")), draft=True)
    send(viewed("u1"))
    process()
    assert members(draft) == set()
    assert heard == []


def test_a_segment_of_segments_follows_them(streaming, live, send, process, shopper, members):
    live("Keen", all_of(act("viewed", value=2)))
    casual = live("Casual", all_of(act("viewed"), none_of(in_segment("keen"))))
    send(viewed("u1"))
    process()
    assert members(casual) == {shopper("u1").pk}
    send(viewed("u1"))
    process()
    assert members(casual) == set()


def test_a_failing_segment_breaks_neither_the_batch_nor_the_others(
    streaming, live, send, process, shopper, members, scope
):
    keen = live("Keen", all_of(act("viewed")))
    broken = live("Broken", all_of(act("viewed", categories=["x"])))
    odd = live("Odd", all_of(act("viewed")))
    with tenant_connection(scope.schema):
        # As another release, or a hand in the database, may leave them: SQL that fails, and no definition at all.
        Segment.objects.filter(pk=broken.pk).update(
            definition=all_of({"type": "feature", "feature": "gone", "op": "known"})
        )
        Segment.objects.filter(pk=odd.pk).update(definition={"type": "xor"})
    send(viewed("u1"))
    assert process() == 1
    assert shopper("u1") is not None
    assert members(keen) == {shopper("u1").pk}
    with tenant_connection(scope.schema):
        assert Segment.objects.get(pk=broken.pk).error
        assert "xor" in Segment.objects.get(pk=odd.pk).error


def test_a_merged_visitor_stays_a_member_without_entering_again(
    streaming, live, send, process, shopper, members, scope
):
    keen = live("Keen", all_of(act("viewed", value=2)))
    send(viewed("u1"), viewed(anonymousId="a1"), viewed(anonymousId="a1"))
    process()
    visitor = shopper("a1", "anonymous_id").pk
    assert members(keen) == {visitor}
    heard.clear()
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    assert members(keen) == {shopper("u1").pk}
    assert visitor != shopper("u1").pk
    assert heard == []
    with tenant_connection(scope.schema):
        assert sizes()[keen.pk] == 1


def test_the_neighbours_segments_are_not_touched(streaming, live, send, process, rival, scope):
    keen = live("Keen", all_of(act("viewed")))
    with tenant_connection(rival.schema_name):
        Segment.objects.create(
            pk=keen.pk, key="keen", name="Theirs", status="live", definition=all_of(act("viewed"))
        )
    send(viewed("u1"))
    process()
    with tenant_connection(rival.schema_name):
        assert segments_of(rival.schema_name, [1, 2, 3]) == {1: set(), 2: set(), 3: set()}
        assert not SegmentTally.objects.exists()


def test_a_word_of_consent_moves_membership_at_once(streaming, live, send, process, shopper, members, scope):
    reachable = live("Reachable", all_of({"type": "consent", "purpose": "marketing", "channel": "email"}))
    send(viewed("u1"))
    process()
    assert members(reachable) == set()
    with tenant_connection(scope.schema):
        set_consent(
            scope, ("user_id", "u1"), [Choice("marketing", "email", True, source="test")], actor="test"
        )
        assert members(reachable) == {shopper("u1").pk}
        set_consent(scope, ("user_id", "u1"), [Choice("marketing", "", False, source="test")], actor="test")
        assert members(reachable) == set()
    assert [c.entered for c in heard] == [True, False]
