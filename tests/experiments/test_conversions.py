"""Events become conversions: those that a metric needs, of those whom an experiment takes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import structlog
from django.db import connection

from experiments import services
from experiments.exposures import Exposure, record
from experiments.models import Conversion, ExperimentMetric, Metric
from experiments.models import Exposure as Row
from experiments.running import forget_running
from tenants.db import tenant_connection

from .conftest import ACTOR, ago, clicked, make_experiment, ordered

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def schema(tenant) -> str:
    return tenant.schema_name


@pytest.fixture
def runs(schema):
    def make(*args, **fields):
        return services.start(schema, make_experiment(*args, **fields).pk, actor=ACTOR)

    return make


def found() -> list[tuple[str, float, float]]:
    return sorted(Conversion.objects.values_list("what", "value", "quantity"))


def test_clicks_and_orders_are_kept_with_their_worth(runs, send, unit_of) -> None:
    runs()
    send(clicked("u1"), ordered("u1", 12.5))
    assert found() == [("click", 0, 1), ("order", 12.5, 1)]
    assert {bytes(c.unit) for c in Conversion.objects.all()} == {unit_of("u1")}


def test_what_no_metric_counts_is_not_kept(runs, send) -> None:
    runs(metrics=("click-through",))
    send(ordered("u1", 5), {"userId": "u1", "event": "Product Added", "properties": {"product_id": "i1"}})
    assert found() == []


def test_an_event_by_name_counts_whatever_its_case(runs, send) -> None:
    metric = Metric.objects.create(key="signups", name="Sign-ups", what="event", event="Signed Up")
    ExperimentMetric.objects.create(experiment=runs(), metric=metric, position=5)
    forget_running()
    send({"userId": "u1", "event": "signed up"})
    assert found() == [("event:signed up", 0, 1)]


def test_without_experiments_nothing_is_kept(send) -> None:
    make_experiment()
    send(clicked("u1"))
    assert found() == []


def test_whom_no_experiment_takes_is_not_kept(runs, send, schema) -> None:
    experiment = runs(traffic=Decimal(1))
    send(*(clicked(f"u{n}") for n in range(60)))
    kept = Conversion.objects.count()
    assert kept < 10
    services.ramp(schema, experiment.pk, Decimal(100), actor=ACTOR)
    send(*(clicked(f"u{n}") for n in range(60)))
    assert Conversion.objects.count() == kept + 60


def test_an_exposed_shopper_counts_after_the_stop_until_the_window_ends(runs, schema, send, unit_of) -> None:
    experiment = runs()
    variant = experiment.variants.first()
    with connection.cursor() as cursor:
        record(
            cursor,
            schema,
            [Exposure(experiment.pk, variant.pk, unit_of("u1"), ago(days=1), "recommendation")],
        )
    services.stop(schema, experiment.pk, actor=ACTOR)
    send(clicked("u1"), clicked("stranger"))
    assert {bytes(c.unit) for c in Conversion.objects.all()} == {unit_of("u1")}
    type(experiment).objects.update(started_at=ago(days=90), stopped_at=ago(days=60))
    forget_running()
    send(clicked("u1"))
    assert Conversion.objects.count() == 1


def test_a_visitor_who_signs_in_brings_exposure_and_clicks_along(runs, schema, send, unit_of) -> None:
    experiment = runs()
    variant = experiment.variants.first()
    send(ordered("u1", 5))
    visitor, shopper = unit_of("a1", "anonymous_id"), unit_of("u1")
    with connection.cursor() as cursor:
        record(
            cursor, schema, [Exposure(experiment.pk, variant.pk, visitor, ago(minutes=1), "recommendation")]
        )
    send(clicked(anonymousId="a1"))
    assert {bytes(r.unit) for r in Row.objects.all()} == {visitor}
    send({"type": "identify", "userId": "u1", "anonymousId": "a1"})
    assert {bytes(r.unit) for r in Row.objects.all()} == {shopper}
    assert {bytes(c.unit) for c in Conversion.objects.all()} == {shopper}


def test_a_click_counts_at_its_own_time(runs, send) -> None:
    runs()
    at = ago(hours=3).replace(microsecond=0)
    send(clicked("u1", timestamp=at.isoformat(), sentAt=dt.datetime.now(dt.UTC).isoformat()))
    [conversion] = Conversion.objects.all()
    assert abs(conversion.at - at) < dt.timedelta(seconds=2)


def test_the_neighbours_events_stay_with_the_neighbour(runs, send, rival) -> None:
    runs()
    send(clicked("u1"))
    with tenant_connection(rival.schema_name):
        assert Conversion.objects.count() == 0


def test_events_with_and_without_a_worth_arrive_in_one_batch(runs, send) -> None:
    runs()
    worthless = {"userId": "u2", "event": "Order Completed", "properties": {"order_id": "o2"}}
    refused: list[object] = []
    with structlog.testing.capture_logs() as logs:
        send(ordered("u1", 12.5), worthless, clicked("u3", properties={"product_id": "i1", "value": "3.5"}))
        refused += [entry for entry in logs if entry.get("log_level") == "warning"]
    assert found() == [("click", 3.5, 1), ("order", 0, 1), ("order", 12.5, 1)]
    assert not refused


@pytest.mark.parametrize(
    ("event", "what", "properties", "kept"),
    [
        ("Product Added", "cart", {"price": 2.5, "quantity": 3}, (7.5, 3)),
        ("Product Added", "cart", {"price": 2.5, "quantity": 3, "value": 6}, (6, 3)),
        ("Product Added", "cart", {"price": 2.5, "quantity": 3, "value": 0}, (0, 3)),
        ("Product Added", "cart", {}, (0, 1)),
        ("Product Viewed", "view", {"price": "4"}, (4, 1)),
    ],
)
def test_items_put_into_a_cart_count_with_their_number_and_price(
    runs, send, event, what, properties, kept
) -> None:
    Metric.objects.create(key="seen", name="Seen", kind="mean", what=what, measure="value")
    runs(metrics=("seen",))
    send({"userId": "u1", "event": event, "properties": {"product_id": "i1", **properties}})
    assert found() == [(what, *kept)]
