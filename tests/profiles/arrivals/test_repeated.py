"""The same said twice under two messageIds counts once, where it can be told from two things that happened."""

from __future__ import annotations

import datetime as dt

import pytest

from profiles.dead_letters import replay
from profiles.flags import REPEATED, SAME_ORDER
from profiles.models import DeadLetter
from tenants import redis
from tenants.db import tenant_connection

from ..conftest import event

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(minutes=2)


def page(seconds=0.0, url="/a", who="a1", **properties):
    at = (NOW + dt.timedelta(seconds=seconds)).isoformat()
    return event("page", anonymousId=who, timestamp=at, properties={"url": url, **properties})


def order(number="o1", who="u1", price=2.0, **fields):
    products = [{"product_id": "i1", "price": price, "quantity": 1}]
    return event(
        event="Order Completed", userId=who, properties={"order_id": number, "products": products}, **fields
    )


@pytest.mark.parametrize(
    ("second", "twice"),
    [
        (page(1.5), True),
        (page(2.5), False),
        (page(1, url="/b"), False),
        (page(1, who="a2"), False),
        (page(1, referrer="x"), False),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_a_page_that_fired_twice(send, process, flags, second, twice, together):
    first = page()
    if together:
        send(first, {**second, "messageId": "second"})
    else:
        send(first)
        process()
        send({**second, "messageId": "second"})
    process()
    assert flags() == [0, REPEATED if twice else 0]


def test_a_third_view_after_the_window_counts(send, process, flags):
    send(page(0), page(1.5), page(3))
    process()
    assert flags() == [0, REPEATED, 0]


def test_pages_without_an_address_all_count(send, process, flags):
    send(event("page", anonymousId="a1"), event("page", anonymousId="a1"))
    process()
    assert flags() == [0, 0]


def test_two_equal_product_adds_are_two_unless_the_merchant_says_otherwise(send, process, flags, say):
    def add():
        return event(
            event="Product Added", userId="u1", timestamp=NOW.isoformat(), properties={"product_id": "i1"}
        )

    send(add(), add())
    process()
    assert flags() == [0, 0]
    say(same_events=["Product Added"])
    redis.raw_client().flushdb()
    send(add(), add())
    process()
    assert flags()[2:] == [0, REPEATED]


@pytest.mark.parametrize("together", [True, False])
def test_an_order_from_the_page_and_from_the_server_counts_once(send, process, flags, rows, together):
    visitor = {**order(), "userId": None, "anonymousId": "a1"}
    if together:
        send(order(), visitor)
    else:
        send(order())
        process()
        send(visitor)
    process()
    # Lanes decide which of the two comes first.
    assert sorted(flags()) == [0, REPEATED | SAME_ORDER]
    assert rows("SELECT count(*) FROM {s}.profiles_interaction WHERE kind = 3") == [(1,)]


def test_the_same_shoppers_order_counts_once_even_with_other_lines(send, process, flags):
    send(order(price=2.0), order(price=2.5))
    process()
    assert flags() == [0, REPEATED | SAME_ORDER]


def test_order_numbers_that_begin_anew_are_other_orders(send, process, flags):
    send(
        order("1", "u1"),
        {**order("1", "u2"), "properties": {"order_id": "1", "products": [{"product_id": "i2"}]}},
    )
    process()
    assert flags() == [0, 0]


def test_the_merchant_may_count_them_all(send, process, flags, say):
    say(same_orders=False)
    send(order(), order())
    process()
    assert flags() == [0, 0]


def test_an_order_that_failed_has_not_counted(send, process, flags, scope, rows):
    broken = {**order(), "properties": {"order_id": "o1", "products": "none"}}
    send(broken)
    process()
    with tenant_connection(scope.schema):
        assert DeadLetter.objects.get().reason == "invalid_event"
    send(order())
    process()
    assert flags()[-1] == 0
    assert rows("SELECT count(*) FROM {s}.profiles_interaction WHERE kind = 3") == [(1,)]


def test_a_replayed_order_is_not_its_own_repetition(send, process, scope, settings, rows):
    settings.EVENT_SUBSCRIBERS = [f"{__name__}.refuses"]
    send(order())
    process()
    settings.EVENT_SUBSCRIBERS = []
    with tenant_connection(scope.schema):
        replay(scope, DeadLetter.objects.get(), actor="user:1")
    process()
    assert rows("SELECT count(*) FROM {s}.profiles_interaction WHERE kind = 3") == [(1,)]


def refuses(scope, batch):
    raise RuntimeError("ours")


def test_without_valkey_pages_count_and_orders_still_do_once(send, process, flags, monkeypatch):
    def away(*_):
        raise redis.Unavailable("away")

    send(page(0), page(1), order(), order())
    monkeypatch.setattr("profiles.arrivals.memory.redis.run", away)
    process()
    assert flags() == [0, 0, 0, REPEATED | SAME_ORDER]
