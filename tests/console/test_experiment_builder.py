"""The builder: what is filled in becomes a draft, mistakes are said at their step, what has run is left as it was."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from experiments.models import Experiment, ExperimentMetric, Metric
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

ADD = "/admin/experiments/experiment/add/"
pytestmark = pytest.mark.usefixtures("filled", "inside")


def form(**changed: object) -> dict[str, object]:
    metrics = dict(Metric.objects.values_list("key", "pk"))
    rows = {"TOTAL_FORMS": 2, "INITIAL_FORMS": 2, "MIN_NUM_FORMS": 2, "MAX_NUM_FORMS": 6}
    return {
        "name": "Size of the shelf", "hypothesis": "Fewer is better", "kind": "placement", "placement": "home",
        "segment": "", "traffic": "40", "layer": "", "primary": metrics["click-through"],
        "secondary": [metrics["conversion"]], "guardrails": [metrics["revenue-per-shopper"]],
        "minimum_effect": "5", "planned_days": "14", "planned_units": "0", "sequential": "on", "covariate_days": "28",
        **{f"variants-{name}": value for name, value in rows.items()},
        "variants-0-name": "As it is", "variants-0-weight": "50",
        "variants-1-name": "Short", "variants-1-weight": "50", "variants-1-change_size": "5",
        "control": "0", **changed,
    }  # fmt: skip


def wrong(response) -> list[str]:
    return [step["key"] for step in response.context["steps"] if step["wrong"]]


def test_five_steps_become_a_draft(desk) -> None:
    response = desk("analyst").post(ADD, form())
    made = Experiment.objects.get(name="Size of the shelf")
    assert response["Location"].endswith(f"/{made.pk}/change/")
    assert (made.status, made.key) == ("draft", "size-of-the-shelf")
    assert (made.traffic, made.minimum_effect) == (Decimal(40), 0.05)
    assert [(v.key, v.weight, v.is_control, v.payload) for v in made.variants.all()] == [
        ("as-it-is", Decimal(50), True, {}),
        ("short", Decimal(50), False, {"size": 5}),
    ]
    assert [(u.metric.key, u.role) for u in made.metrics.all()] == [
        ("click-through", "primary"), ("conversion", "secondary"), ("revenue-per-shopper", "guardrail"),
    ]  # fmt: skip
    assert AuditRecord.objects.filter(action="experiment created").exists()


@pytest.mark.parametrize(
    ("changed", "step", "sentence"),
    [
        ({"variants-1-weight": "49.5"}, "variants", "The shares sum to 99.5 %; they must sum to 100 %."),
        ({"variants-1-weight": "60"}, "variants", "The shares sum to 110 %; they must sum to 100 %."),
        ({"variants-1-name": "as it is"}, "variants", "Two variants have the same name."),
        ({"variants-1-DELETE": "on"}, "variants", "Compare at least two variants."),
        ({"variants-1-change_size": "500"}, "variants", "less than or equal to 50"),
        ({"control": "7"}, "variants", "Say which variant is the control."),
        ({"name": ""}, "what", "This field is required."),
        ({"placement": ""}, "what", "Choose the placement."),
        ({"traffic": "0"}, "who", "greater than or equal to 0.01"),
        ({"primary": ""}, "metrics", "This field is required."),
        ({"planned_days": "0"}, "plan", "greater than or equal to 1"),
    ],
)
def test_a_mistake_is_said_at_its_step(desk, changed, step, sentence) -> None:
    response = desk("analyst").post(ADD, form(**changed))
    assert response.status_code == 422
    assert wrong(response) == [step]
    assert response.context["first"] == step
    assert sentence in response.content.decode()
    assert not Experiment.objects.filter(name="Size of the shelf").exists()


def test_a_metric_has_one_part(desk) -> None:
    primary = Metric.objects.get(key="click-through")
    response = desk("analyst").post(ADD, form(secondary=[primary.pk]))
    assert (wrong(response), "Click-through has two parts" in response.content.decode()) == (
        ["metrics"],
        True,
    )


def test_a_third_variant_is_added_and_one_is_taken_out(desk, filled) -> None:
    analyst, edit = desk("analyst"), f"/admin/experiments/experiment/{filled.experiment.pk}/edit/"
    third = {
        "variants-TOTAL_FORMS": 3, "variants-0-key": "personal", "variants-0-DELETE": "on",
        "variants-1-key": "popular", "variants-1-name": "Popular", "variants-2-name": "Tiny",
        "variants-2-weight": "50", "variants-2-change_size": "2", "control": "1",
    }  # fmt: skip
    assert analyst.post(edit, form(**third)).status_code == 302
    assert [(v.key, v.is_control) for v in filled.experiment.variants.all()] == [
        ("popular", True),
        ("tiny", False),
    ]


def test_once_it_has_run_only_words_and_side_metrics_change(desk, filled) -> None:
    conversion = Metric.objects.get(key="conversion")
    ExperimentMetric.objects.create(experiment=filled.experiment, metric=conversion, position=1)
    Experiment.objects.filter(pk=filled.experiment.pk).update(status="running", started_at=timezone.now())
    analyst, edit = desk("analyst"), f"/admin/experiments/experiment/{filled.experiment.pk}/edit/"
    other = Metric.objects.get(key="orders-per-shopper")
    assert analyst.post(edit, form(name="Renamed", traffic="3", primary=other.pk)).status_code == 302
    experiment = Experiment.objects.get(pk=filled.experiment.pk)
    assert (experiment.name, experiment.traffic) == ("Renamed", Decimal(100))
    assert [v.key for v in experiment.variants.all()] == ["personal", "popular"]
    roles = {u.metric.key: u.role for u in experiment.metrics.all()}
    assert roles == {
        "click-through": "primary",
        "conversion": "secondary",
        "revenue-per-shopper": "guardrail",
    }


def test_saving_what_did_not_change_leaves_no_trace(desk, filled) -> None:
    analyst, edit = desk("analyst"), f"/admin/experiments/experiment/{filled.experiment.pk}/edit/"
    for _ in range(2):
        analyst.post(edit, form(**{"variants-0-key": "personal", "variants-1-key": "popular"}))
    assert AuditRecord.objects.filter(action="experiment changed").count() == 1


def test_the_neighbours_experiment_is_not_found(desk, rival) -> None:
    with tenant_connection(rival.schema_name):
        theirs = Experiment.objects.create(pk=4711, key="theirs", name="Theirs")
    analyst = desk("analyst")
    for page in ("edit", "start"):
        address = f"/admin/experiments/experiment/{theirs.pk}/{page}/"
        answer = analyst.post(address) if page == "start" else analyst.get(address)
        assert answer.status_code == 404
