"""An order is one order, however often and by whomever it is reported."""

from __future__ import annotations

import pytest

from experiments import services
from experiments.models import Conversion, ExperimentMetric, Metric
from experiments.running import forget_running
from tenants.db import tenant_connection

from .conftest import ACTOR, make_experiment, ordered


@pytest.fixture(autouse=True)
def running(tenant, inside):
    return services.start(tenant.schema_name, make_experiment().pk, actor=ACTOR)


def orders() -> list[float]:
    return sorted(Conversion.objects.filter(what="order").values_list("value", flat=True))


def test_reported_twice_in_one_batch(send) -> None:
    send(ordered("u1", 5, "o1"), ordered("u1", 5, "o1"), ordered("u1", 7, "o2"))
    assert orders() == [5, 7]


def test_reported_again_later(send) -> None:
    send(ordered("u1", 5, "o1"))
    send(ordered("u1", 6, "o1"))
    assert orders() == [5]


def test_the_same_number_of_two_shoppers_is_two_orders(send) -> None:
    send(ordered("u1", 5, "o1"), ordered("u2", 6, "o1"))
    assert orders() == [5, 6]


def test_orders_without_a_number_all_count(send) -> None:
    for _ in range(2):
        send({"userId": "u1", "event": "Order Completed", "properties": {"revenue": 3}})
    assert orders() == [3, 3]


def test_a_visitor_and_a_shopper_who_turn_out_to_be_one_have_it_once(send, unit_of) -> None:
    send(ordered("u1", 5, "o1"))
    for number, revenue in (("o1", 6), ("o2", 8)):
        visitor = ordered("", revenue, number, anonymousId="a1")
        del visitor["userId"]
        send(visitor)
    assert orders() == [5, 6, 8]
    send({"type": "identify", "userId": "u1", "anonymousId": "a1"})
    assert orders() == [5, 8]
    assert {bytes(row.unit) for row in Conversion.objects.all()} == {unit_of("u1")}


def test_two_refunds_of_one_order_are_two(running, send) -> None:
    metric = Metric.objects.create(key="refunds", name="Refunds", what="event", event="Order Refunded")
    ExperimentMetric.objects.create(experiment=running, metric=metric, position=5)
    forget_running()
    for _ in range(2):
        send({"userId": "u1", "event": "Order Refunded", "properties": {"order_id": "o1"}})
    assert Conversion.objects.filter(what="event:order refunded").count() == 2


def test_the_neighbour_counts_its_own(send, rival) -> None:
    send(ordered("u1", 5, "o1"))
    with tenant_connection(rival.schema_name):
        assert Conversion.objects.count() == 0
