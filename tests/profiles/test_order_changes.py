"""What becomes of an order that is refunded, cancelled or updated, in whatever order that is told."""

import datetime as dt
import itertools

import pytest
from django.db import connection

from profiles.models import Profile
from tenants.db import tenant_connection

from .conftest import event

NOON = dt.datetime.now(dt.UTC).replace(hour=12, minute=0) - dt.timedelta(days=1)

LINES = [
    {"product_id": "p1", "quantity": 2, "price": 10},
    {"product_id": "p2", "quantity": 1, "price": 5},
]


def at(minutes):
    return (NOON - dt.timedelta(minutes=minutes)).isoformat()


def total(profile, name):
    return sum(bucket.get(name, 0) for bucket in profile.counters.values())


def order(name="Order Completed", minutes=60, user="u1", number="o1", **properties):
    return event(
        userId=user, event=name, timestamp=at(minutes), properties={"order_id": number, **properties}
    )


def completed(**properties):
    return order(**{"products": LINES, "revenue": 25, **properties})


@pytest.fixture
def lines(send, process, rows):
    """(item, kind, quantity, value) of everything, after these calls, each a batch of its own."""

    def of(*events):
        for one in events:
            send(one)
            process()
        return rows(
            "SELECT i.external_id, f.kind, f.quantity, f.value FROM {s}.profiles_interaction f"
            " JOIN {s}.catalog_item i ON i.id = f.item_id WHERE f.kind IN (3, 5) ORDER BY 2, 1, 3"
        )

    return of


BOUGHT = [("p1", 3, 2.0, 20.0), ("p2", 3, 1.0, 5.0)]
ALL_BACK = [("p1", 5, 2.0, 20.0), ("p2", 5, 1.0, 5.0)]


@pytest.mark.parametrize("name", ["Order Refunded", "Order Cancelled", "order canceled"])
def test_without_products_the_whole_order_comes_back(lines, name):
    assert lines(completed(), order(name, 30)) == [*BOUGHT, *ALL_BACK]


def test_refunded_before_its_order_is_known(lines):
    assert lines(order("Order Refunded", 30)) == []
    assert lines(completed()) == [*BOUGHT, *ALL_BACK]


def test_what_came_back_does_not_come_back_again(lines):
    part = order("Order Refunded", 40, products=[{"product_id": "p1", "quantity": 1}])
    again = order("Order Refunded", 20), order("Order Cancelled", 10)
    found = lines(completed(), part, order("Order Refunded", 30), *again)
    assert found == [*BOUGHT, ("p1", 5, 1.0, 10.0), ("p1", 5, 1.0, 10.0), ("p2", 5, 1.0, 5.0)]


def test_no_more_comes_back_than_was_bought(lines):
    much = order("Order Refunded", 30, products=[{"product_id": "p1", "quantity": 5}, {"product_id": "p9"}])
    assert lines(completed(), much) == [*BOUGHT, ("p1", 5, 2.0, 20.0)]


def test_a_part_of_the_money_is_no_item(lines):
    assert lines(completed(), order("Order Refunded", 30, total=10)) == BOUGHT


def test_parts_of_the_money_add_up(lines):
    found = lines(completed(), order("Order Refunded", 30, total=10), order("Order Refunded", 20, total=-15))
    assert found == [*BOUGHT, *ALL_BACK]


def test_a_refund_of_an_order_that_nobody_told_of(lines):
    named = order("Order Refunded", 30, products=[{"product_id": "p1", "quantity": -2, "price": 10}])
    assert lines(named, order("Order Refunded", 20)) == [("p1", 5, 2.0, 20.0)]


def test_an_update_replaces_the_lines_and_the_worth(lines, shopper):
    found = lines(completed(), order("Order Updated", 30, products=[{"product_id": "p3", "price": 8}]))
    assert found == [("p3", 3, 1.0, 8.0)]
    assert (total(shopper("u1"), "rv"), total(shopper("u1"), "or")) == (8.0, 1)


def test_the_latest_update_holds_and_a_refund_is_of_it(lines):
    late = order("Order Updated", 20, products=[{"product_id": "p4", "price": 3}])
    early = order("Order Updated", 40, products=[{"product_id": "p3", "price": 8}])
    assert lines(late, order("Order Refunded", 10), completed(), early) == [
        ("p4", 3, 1.0, 3.0),
        ("p4", 5, 1.0, 3.0),
    ]


def test_an_update_alone_is_no_order(lines, shopper):
    assert lines(order("Order Updated", products=LINES)) == []
    assert total(shopper("u1"), "or") == 0


def test_another_shoppers_order_of_the_same_number_stays(lines):
    found = lines(completed(), order("Order Refunded", 30, user="u2"))
    assert found == BOUGHT


def test_a_refund_that_a_merge_brings_to_its_order(lines):
    refund = event(anonymousId="a1", event="Order Refunded", timestamp=at(5), properties={"order_id": "o1"})
    assert lines(completed(), refund) == BOUGHT
    merged = event("identify", userId="u1", anonymousId="a1")
    assert lines(merged) == [*BOUGHT, *ALL_BACK]


def test_history_comes_back_too(lines, scope):
    """Lines that no event explains, as imported ones."""
    lines(completed())
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{scope.schema}".profiles_event')
    assert lines(order("Order Refunded", 30)) == [*BOUGHT, *ALL_BACK]
    assert lines(order("Order Refunded", 20)) == [*BOUGHT, *ALL_BACK]


EVENTS = [
    ("Order Completed", 60, {"products": LINES, "revenue": 25}),
    ("Order Updated", 50, {"products": [*LINES, {"product_id": "p3", "price": 7}], "revenue": 32}),
    ("Order Refunded", 40, {"products": [{"product_id": "p2"}]}),
    ("Order Refunded", 30, {"total": 32}),
]


def test_any_order_of_the_events_gives_the_same(send, process, rows, scope):
    """24 orders of the same four events, a shopper each; two of them in one batch, by turns."""
    found = {}
    for number, permutation in enumerate(itertools.permutations(EVENTS)):
        user = f"s{number}"
        given = [order(name, minutes, user, f"o{number}", **said) for name, minutes, said in permutation]
        for part in (given[:2], given[2:]) if number % 2 else ([one] for one in given):
            send(*part)
            process()
        found[user] = rows(
            "SELECT i.external_id, f.kind, f.quantity, f.value FROM {s}.profiles_interaction f"
            " JOIN {s}.catalog_item i ON i.id = f.item_id JOIN {s}.profiles_profile p ON p.id = f.profile_id"
            " WHERE p.id = (SELECT max(id) FROM {s}.profiles_profile) AND f.kind IN (3, 5) ORDER BY 2, 1, 3"
        )
    assert found["s0"] == [
        *BOUGHT, ("p3", 3, 1.0, 7.0), ("p1", 5, 2.0, 20.0), ("p2", 5, 1.0, 5.0), ("p3", 5, 1.0, 7.0)
    ]  # fmt: skip
    assert {user: lines for user, lines in found.items() if lines != found["s0"]} == {}
    with tenant_connection(scope.schema):
        counters = [
            {
                (day, name): amount
                for day, bucket in profile.counters.items()
                for name, amount in bucket.items()
                if name in ("pu", "rf", "rv", "or")
            }
            for profile in Profile.objects.all()
        ]
    assert len(counters) == 24
    assert all(one == counters[0] for one in counters)
