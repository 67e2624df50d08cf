"""What keeps an experiment from starting, each with a sentence; what a start leaves behind."""

from __future__ import annotations

from decimal import Decimal

import pytest

from experiments import services
from experiments.models import Experiment, ExperimentMetric
from profiles.segments.models import Segment
from tenants import epochs
from tenants.workspace.models import AuditRecord

from .conftest import ACTOR, VariantRow, make_experiment

pytestmark = pytest.mark.usefixtures("inside")
GOOD: tuple[VariantRow, ...] = (("control", 50, {}), ("popular", 50, {"strategy": "trending"}))


@pytest.fixture
def schema(tenant) -> str:
    return tenant.schema_name


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"variants": (("control", 50, {}), ("popular", 49.5, {"strategy": "trending"}))}, "variants",
         "The shares sum to 99.5 %; they must sum to 100 %."),
        ({"variants": GOOD[:1]}, "variants", "Compare at least two variants."),
        ({"variants": (("control", 50, {}), ("same", 50, {"strategy": "personal"}))}, "variants",
         "Two variants show the same: there would be nothing to compare."),
        ({"variants": (("control", 50, {}), ("odd", 50, {"strategy": "magic"}))}, "variants",
         "Odd: Strategy can't be “magic”."),
        ({"variants": (("control", 50, {}), ("odd", 50, {"size": "500"}))}, "variants",
         "Odd: Number of items must be from 1 to 50."),
        ({"placement": "nowhere"}, "placement", "Choose a placement that is switched on."),
        ({"traffic": Decimal(0)}, "traffic", "With a traffic of 0 % nobody would take part."),
        ({"metrics": ()}, "metrics", "Choose the primary metric: the one that decides."),
    ],
)  # fmt: skip
def test_each_mistake_is_named(schema, fields, field, message) -> None:
    experiment = make_experiment(**fields)
    with pytest.raises(services.NotReady) as refused:
        services.start(schema, experiment.pk, actor=ACTOR)
    assert [(p.field, p.message) for p in refused.value.problems] == [(field, message)]
    experiment.refresh_from_db()
    assert experiment.status == "draft"


def test_no_control_is_a_mistake(schema) -> None:
    experiment = make_experiment()
    experiment.variants.update(is_control=False)
    assert [p.field for p in services.problems(experiment)] == ["variants"]


def test_an_archived_segment_is_nobody(schema) -> None:
    segment = Segment.objects.create(key="loyal", name="Loyal", status="archived")
    [found] = services.problems(make_experiment(segment=segment))
    assert (found.field, found.message) == (
        "segment",
        "The segment “Loyal” is not live: nobody would take part.",
    )


def test_one_holdout_at_a_time_in_words(schema) -> None:
    variants: tuple[VariantRow, ...] = (("held-out", 5, {}), ("everybody-else", 95, {}))
    first, second = (make_experiment(k, kind="holdout", variants=variants) for k in ("first", "second"))
    services.start(schema, first.pk, actor=ACTOR)
    assert "“First” is running" in services.problems(second)[0].message


def test_a_start_is_audited_and_outdates_cached_answers(schema) -> None:
    before = epochs.current(schema).get("experiments", 0)
    experiment = services.start(schema, make_experiment().pk, actor=ACTOR)
    record = AuditRecord.objects.get(action="experiment started")
    assert (record.actor, record.target) == (ACTOR, f"experiment:{experiment.pk}")
    assert epochs.current(schema)["experiments"] == before + 1
    assert experiment.started_at is not None


@pytest.mark.parametrize("verb", ["start", "resume"])
def test_what_runs_can_not_be_started_again(schema, verb) -> None:
    experiment = services.start(schema, make_experiment().pk, actor=ACTOR)
    with pytest.raises(services.NotReady, match="This experiment is running"):
        getattr(services, verb)(schema, experiment.pk, actor=ACTOR)


def test_what_was_stopped_stays_stopped(schema) -> None:
    experiment = services.start(schema, make_experiment().pk, actor=ACTOR)
    services.stop(schema, experiment.pk, actor=ACTOR, conclusion="Popular is worse.")
    for verb in (services.pause, services.resume, services.start, services.stop):
        with pytest.raises(services.NotReady):
            verb(schema, experiment.pk, actor=ACTOR)
    assert Experiment.objects.get(pk=experiment.pk).conclusion == "Popular is worse."


def test_the_same_place_and_metric_raise_the_alarm(schema) -> None:
    first = services.start(schema, make_experiment("first").pk, actor=ACTOR)
    [found] = services.overlaps(make_experiment("second"))
    assert (found.other, found.serious, found.metrics) == (
        first,
        True,
        ("Click-through", "Revenue per shopper"),
    )


def test_another_place_with_the_same_metric_is_mentioned(schema) -> None:
    services.start(schema, make_experiment("first").pk, actor=ACTOR)
    [found] = services.overlaps(make_experiment("second", placement="search", metrics=("click-through",)))
    assert (found.serious, found.same_place, found.metrics) == (False, False, ("Click-through",))


def test_nothing_in_common_is_no_alarm(schema) -> None:
    services.start(schema, make_experiment("first").pk, actor=ACTOR)
    assert services.overlaps(make_experiment("second", placement="search", metrics=("conversion",))) == []


def test_a_copy_has_everything_but_a_past(schema) -> None:
    source = services.start(schema, make_experiment().pk, actor=ACTOR)
    copy = services.duplicate(schema, source.pk, actor=ACTOR)
    assert copy.salt != source.salt
    assert copy.started_at is None
    assert [(v.key, v.weight, v.payload) for v in copy.variants.all()] == [
        (v.key, v.weight, v.payload) for v in source.variants.all()
    ]
    assert ExperimentMetric.objects.filter(experiment=copy).count() == 2
