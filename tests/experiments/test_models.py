"""What a tenant finds when it has just been made, and what the database itself refuses."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from experiments.models import Experiment, ExperimentMetric, Metric, Variant

pytestmark = pytest.mark.usefixtures("inside")


def refused(make) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_every_tenant_has_the_usual_metrics() -> None:
    kinds = dict(Metric.objects.values_list("key", "kind"))
    assert kinds == {
        "click-through": "proportion",
        "conversion": "proportion",
        "revenue-per-shopper": "mean",
        "orders-per-shopper": "mean",
        "average-order-value": "ratio",
    }


def test_a_ratio_needs_what_it_divides_by() -> None:
    refused(lambda: Metric.objects.create(key="r", name="R", kind="ratio", what="order", measure="value"))


def test_an_event_metric_needs_the_events_name() -> None:
    refused(lambda: Metric.objects.create(key="e", name="E", what="event"))


def test_events_are_compared_without_case() -> None:
    assert Metric(what="event", event=" Signed Up ").counted == "event:signed up"


def test_one_primary_metric_and_one_control() -> None:
    experiment = Experiment.objects.create(key="x", name="X", placement="home")
    first, second = Metric.objects.all()[:2]
    ExperimentMetric.objects.create(experiment=experiment, metric=first, role="primary")
    refused(lambda: ExperimentMetric.objects.create(experiment=experiment, metric=second, role="primary"))
    Variant.objects.create(experiment=experiment, key="a", name="A", weight=50, is_control=True)
    refused(
        lambda: Variant.objects.create(experiment=experiment, key="b", name="B", weight=50, is_control=True)
    )


def test_one_holdout_runs_at_a_time() -> None:
    now = timezone.now()
    Experiment.objects.create(key="h1", name="H", kind="holdout", status="running", started_at=now)
    Experiment.objects.create(key="h2", name="H", kind="holdout")
    over = {"status": "stopped", "started_at": now, "stopped_at": now}
    Experiment.objects.create(key="h3", name="H", kind="holdout", **over)
    refused(
        lambda: Experiment.objects.create(key="h4", name="H", kind="holdout", status="paused", started_at=now)
    )
