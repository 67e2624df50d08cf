"""Who only looks is judged for the segments that looking moves, and spared the others."""

import pytest

from profiles.segments import membership
from profiles.segments.definition import parse

from ...profiles.conftest import event, viewed
from .conftest import act, all_of, none_of


@pytest.fixture
def asked(monkeypatch):
    """Segment → shoppers it was asked about, for each statement."""
    seen = []
    real = membership.write

    def write(cursor, scope, trees, documents, stock, profile_ids, seconds):
        seen.append(({segment.key for segment in trees}, set(profile_ids)))
        return real(cursor, scope, trees, documents, stock, profile_ids, seconds)

    monkeypatch.setattr(membership, "write", write)
    return seen


def ordered(user):
    lines = [{"product_id": "i1", "price": 2, "quantity": 1}]
    return event(event="Order Completed", userId=user, properties={"products": lines})


def test_a_look_asks_only_what_looking_moves(streaming, live, send, process, shopper, members, asked):
    keen, buyers = live("Keen", all_of(act("viewed", value=2))), live("Buyers", all_of(act("bought")))
    send(viewed("u1"), viewed("u2"))
    process()
    asked.clear()
    send(viewed("u1"), ordered("u2"))
    process()
    one, two = shopper("u1").pk, shopper("u2").pk
    assert members(keen) == {one}
    assert members(buyers) == {two}
    assert asked == [({"keen"}, {one, two}), ({"buyers"}, {two})]


def test_who_is_new_or_took_somebody_in_is_asked_about_everything(
    streaming, live, send, process, shopper, members
):
    never = live("Never bought", all_of(act("bought", op="=", value=0)))
    send(viewed("u1"), viewed(anonymousId="a1"))
    process()
    assert members(never) == {shopper("u1").pk, shopper("a1", "anonymous_id").pk}
    send({**ordered("u1"), "userId": None, "anonymousId": "a1"})
    process()
    assert members(never) == {shopper("u1").pk}
    send(event("identify", userId="u1", anonymousId="a1"), viewed("u1"))
    process()
    assert members(never) == set()


@pytest.mark.parametrize(
    ("definition", "still"),
    [
        (all_of(act("bought")), True),
        (all_of(act("ordered", days=200), none_of(act("returned"))), True),
        (all_of({"type": "feature", "feature": "avg_order_value", "op": ">", "value": 2}), True),
        (all_of(act("bought"), act("viewed")), False),
        (all_of(act("visited")), False),
        (all_of({"type": "feature", "feature": "sessions_30d", "op": ">", "value": 2}), False),
        (all_of({"type": "feature", "feature": "favorite_categories", "op": "=", "values": ["x"]}), False),
        (all_of({"type": "seen", "which": "last", "op": "within", "days": 30}), False),
        (all_of({"type": "identifier", "kind": "email"}), False),
    ],
)
def test_which_definitions_looking_can_not_move(definition, still):
    from types import SimpleNamespace

    parse(definition)
    assert membership._keeps_still(SimpleNamespace(definition=definition)) is still
