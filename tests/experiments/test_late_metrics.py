"""A metric may join an experiment that has run when what it counts was kept from the start, and not otherwise."""

from __future__ import annotations

import pytest

from experiments import services
from experiments.models import Experiment, Metric

from .conftest import ACTOR, ago, make_experiment

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def running(tenant) -> Experiment:
    """Counts clicks and orders, the latter for 14 days."""
    return services.start(tenant.schema_name, make_experiment().pk, actor=ACTOR)


@pytest.fixture
def look_at(tenant, running):
    def change(*metrics: Metric) -> list[str]:
        draft = services.Draft(
            fields={"name": "Renamed"},
            variants=(),
            primary=None,
            secondary=tuple(metric.pk for metric in metrics),
        )
        services.change(tenant.schema_name, running.pk, draft, actor=ACTOR)
        return [use.metric.key for use in running.metrics.all()]

    return change


def metric(key: str, what: str = "order", **fields) -> Metric:
    return Metric.objects.create(
        key=key, name=key.capitalize(), kind="mean", what=what, measure="count", **fields
    )


def test_another_number_of_what_is_counted_already_may_join(look_at) -> None:
    assert look_at(metric("bulk", window_days=60)) == ["click-through", "bulk"]


def test_what_was_never_kept_may_not(look_at, running) -> None:
    with pytest.raises(services.NotReady, match="“Views” can't be added any more"):
        look_at(metric("views", "view"))
    assert running.metrics.count() == 2


def test_a_ratio_needs_both_its_parts(look_at) -> None:
    ratio = Metric.objects.create(
        key="per-view", name="Orders per view", kind="ratio", what="order", measure="count",
        per_what="view", per_measure="count",
    )  # fmt: skip
    with pytest.raises(services.NotReady, match="Orders per view"):
        look_at(ratio)


def test_what_was_given_up_leaves_a_gap_and_does_not_come_back(look_at) -> None:
    assert look_at() == ["click-through"]
    with pytest.raises(services.NotReady, match="Revenue per shopper"):
        look_at(Metric.objects.get(key="revenue-per-shopper"))


def test_after_the_stop_a_longer_window_was_not_kept(look_at, running) -> None:
    Experiment.objects.filter(pk=running.pk).update(
        started_at=ago(days=40), status="stopped", stopped_at=ago(days=20)
    )
    with pytest.raises(services.NotReady, match="“Long” can't be added"):
        look_at(metric("long", window_days=30))
    assert look_at(metric("short", window_days=7)) == ["click-through", "short"]


def test_a_draft_takes_any(tenant) -> None:
    draft = make_experiment("another")
    plan = services.Draft(fields={}, variants=(), primary=None, secondary=(metric("views", "view").pk,))
    services.change(tenant.schema_name, draft.pk, plan, actor=ACTOR)
    assert [use.metric.key for use in draft.metrics.all()] == ["views"]
