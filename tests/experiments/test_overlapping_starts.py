"""A second experiment in the same placement on the same metric: refused until somebody insists, and told of afterwards."""

from __future__ import annotations

import pytest

from experiments import services
from experiments.models import Experiment, Layer
from tenants.workspace.models import AuditRecord

from .conftest import ACTOR, VariantRow, make_experiment

SHORT: tuple[VariantRow, ...] = (("control", 50, {}), ("short", 50, {"size": 3}))
pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def start(tenant):
    def begin(experiment: Experiment, **fields) -> Experiment:
        return services.start(tenant.schema_name, experiment.pk, actor=ACTOR, **fields)

    return begin


def told(experiment: Experiment) -> list[tuple[str, bool, bool]]:
    return [(one.other.key, one.same_change, one.earlier) for one in services.at_once(experiment)]


def test_it_is_refused_with_what_to_do(start) -> None:
    start(make_experiment("first"))
    second = make_experiment("second")
    with pytest.raises(
        services.Overlapping, match=r"“First” runs in the same placement .* Put both into a layer"
    ):
        start(second)
    second.refresh_from_db()
    assert second.status == "draft"


def test_whoever_insists_is_noted(start) -> None:
    start(make_experiment("first"))
    second = start(make_experiment("second"), overlapping=True)
    assert second.status == "running"
    record = AuditRecord.objects.get(action="experiment started", target=f"experiment:{second.pk}")
    assert record.details["overlapping"] == ["first"]


def test_a_layer_keeps_them_apart(start, tenant) -> None:
    layer = Layer.objects.create(key="home", name="Home page")
    first = start(make_experiment("first", layer=layer, traffic=50))
    second = start(make_experiment("second", layer=layer, traffic=50))
    assert told(first) == told(second) == []


def test_another_metric_or_placement_is_no_reason_to_refuse(start) -> None:
    start(make_experiment("first", metrics=("click-through",)))
    start(make_experiment("second", metrics=("conversion",)))
    start(make_experiment("third", placement="search"))


def test_both_are_told_of_afterwards_even_when_one_has_stopped(start, tenant) -> None:
    first = start(make_experiment("first"))
    second = start(make_experiment("second"), overlapping=True)
    third = start(make_experiment("third", variants=SHORT), overlapping=True)
    first = services.stop(tenant.schema_name, first.pk, actor=ACTOR)
    assert told(first) == [("second", True, False), ("third", False, False)]
    assert told(second) == [("first", True, True), ("third", False, False)]
    assert told(third) == [("first", False, True), ("second", False, True)]


def test_who_came_after_the_end_is_not_told_of(start, tenant) -> None:
    first = start(make_experiment("first"))
    services.stop(tenant.schema_name, first.pk, actor=ACTOR)
    first.refresh_from_db()
    second = start(make_experiment("second"))
    assert told(first) == told(second) == []


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ('Home <b>mine</b> & "quoted"', "home-b-mine-b-quoted"),
        ("Red/blue: 1.5×", "red-blue-1-5"),
        ("The shopper's choice", "the-shoppers-choice"),
        ("€ § !", "experiment"),
    ],
)
def test_words_stay_apart_in_keys(name, key) -> None:
    assert services.create(
        services.Draft(fields={"name": name, "placement": "home"}, variants=(), primary=None), actor=ACTOR
    ).key == key  # fmt: skip
