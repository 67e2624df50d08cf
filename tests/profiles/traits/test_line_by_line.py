"""What is asked of one line of an order has to hold in that line, not somewhere in the order."""

import pytest

from profiles.segments.selectors import facts
from profiles.segments.words import described
from profiles.traits.services import BadTrait, checked
from profiles.traits.texts import lines_of
from tenants.db import tenant_connection

from ..conftest import event
from ..segments.conftest import all_of

DEAR_SHOES = [
    {"property": "products.kind", "values": ["shoes"]},
    {"property": "products.price", "op": ">", "values": [50]},
]


def ordered(user, *products, **properties):
    made = [{"kind": kind, "price": price} for kind, price in products]
    return event(event="Order Placed", userId=user, properties={"products": made, **properties})


@pytest.fixture
def orders(send, process):
    """u1: cheap shoes and a dear coat in one order; u2: dear shoes twice in one order, once in another shop's currency."""
    send(
        ordered("u1", ("shoes", 20), ("coat", 200)),
        ordered("u2", ("shoes", 90), ("Shoes", "60"), ("coat", 10), currency="EUR"),
        ordered("u3"),
    )
    process()


@pytest.mark.parametrize("before", [True, False])
def test_a_trait_counts_lines_that_fit_as_a_whole(trait, value, shopper, request, before):
    if before:
        request.getfixturevalue("orders")
    count = trait("Dear shoes", event="Order Placed", where=DEAR_SHOES, lines="products")
    whole = trait("Orders", event="Order Placed", where=DEAR_SHOES)
    spent = trait(
        "Spent",
        event="Order Placed",
        where=DEAR_SHOES,
        lines="products",
        function="sum",
        property="products.price",
    )
    if not before:
        request.getfixturevalue("orders")
    assert [value(count, shopper(user)) for user in ("u1", "u2", "u3")] == [0, 2, 0]
    assert [value(whole, shopper(user)) for user in ("u1", "u2", "u3")] == [1, 1, 0]
    assert [value(spent, shopper(user)) for user in ("u1", "u2", "u3")] == [0, 150, 0]


def test_a_line_is_asked_together_with_the_event_around_it(trait, value, shopper, orders):
    where = [*DEAR_SHOES, {"property": "currency", "values": ["eur"]}]
    count = trait("Dear shoes", event="Order Placed", where=where, lines="products")
    assert value(count, shopper("u2")) == 2


def test_a_segment_asks_line_by_line(streaming, live, members, shopper, orders, scope):
    node = {"type": "event", "event": "Order Placed", "where": DEAR_SHOES, "lines": "products", "days": None}
    keen = live("Keen", all_of(node))
    assert members(keen) == {shopper("u2").pk}
    with tenant_connection(scope.schema):
        assert described(all_of(node), facts()) == (
            "Did “Order Placed” with products.kind is shoes and products.price is more than 50"
            " in one line of products at least once ever"
        )


def test_only_events_have_lines():
    with pytest.raises(BadTrait, match="line by line anyway") as caught:
        checked({"source": "act", "act": "bought", "function": "count", "lines": "products"})
    assert caught.value.field == "lines"


def test_lines_lie_as_deep_as_they_like():
    document = {"cart": {"lines": [{"a": 1}, {"a": 2}, "odd"]}, "total": 3}
    assert list(lines_of(document, "cart.lines")) == [
        {"cart": {"lines": {"a": 1}}, "total": 3},
        {"cart": {"lines": {"a": 2}}, "total": 3},
    ]
    assert list(lines_of(document, "total")) == []


def test_measures_without_lines_keep_what_they_have():
    old = {"event": "Order Placed", "function": "count", "where": [{"property": "a", "values": ["b"]}]}
    assert checked(old).digest == checked({**old, "lines": ""}).digest
    assert checked(old).digest != checked({**old, "lines": "products"}).digest
