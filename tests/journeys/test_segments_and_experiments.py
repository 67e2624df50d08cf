"""Journeys hear of segments as shoppers enter and leave them, and send shoppers the way of their experiment's variant."""

import datetime as dt
from decimal import Decimal

import pytest

from compliance.consent import Choice
from experiments import services as experiments
from experiments.models import Experiment, ExperimentMetric, Exposure, Metric, Variant
from experiments.running import forget_running, running
from journeys.models import Enrolment, Step
from journeys.simulator import Happening, simulate
from profiles.consents import set_consent
from profiles.models import Profile
from profiles.segments import recompute
from profiles.segments import services as segments
from profiles.segments.forms import SegmentForm

from .conftest import TRIGGER, graph, steps

HOUR = ("delay", {"seconds": 3600})
CARTED = {"type": "all", "of": [{"type": "act", "act": "added", "value": 2}]}


@pytest.fixture(autouse=True)
def nothing_remembered():
    forget_running()


@pytest.fixture
def segment(scope, inside, happen, settings):
    """A live segment of shoppers with two cart additions, which follows each batch."""
    settings.EVENT_SUBSCRIBERS = ["profiles.segments.streaming.on_events", "journeys.subscriber.on_events"]
    made = segments.create_segment(scope, SegmentForm("Keen", CARTED), actor="test")
    segments.go_live(scope, made, actor="test")
    while recompute.run_turn(scope):
        pass
    return made


def added(happen, number):
    happen(*["Product Added"] * number, properties={"product_id": "i1"})


def test_entering_a_segment_starts_the_journey(segment, journey, happen, run, way):
    journey(("segment_trigger", {"segment": segment.key}), HOUR)
    added(happen, 1)
    assert not Enrolment.objects.exists()
    added(happen, 1)
    run()
    assert steps(way())[0] == ("n0", "next", "entered")


def test_a_new_definition_starts_no_journeys(segment, journey, happen, scope):
    added(happen, 1)
    for when in ("entered", "left"):
        journey(("segment_trigger", {"segment": segment.key, "when": when}), HOUR)
    for value in (1, 5):  # everybody enters, everybody leaves
        definition = {"type": "all", "of": [{"type": "act", "act": "added", "value": value}]}
        segments.change_segment(scope, segment, SegmentForm("Keen", definition), actor="test")
        while recompute.run_turn(scope):
            pass
        segment.refresh_from_db()
    assert segment.revision == segment.computed_revision
    assert not Enrolment.objects.exists()


def test_leaving_a_segment_ends_the_way(segment, journey, happen, run, way, scope):
    from journeys.subscriber import on_segments
    from profiles.segments.changes import SegmentChange

    journey(TRIGGER, HOUR, exit_on={"events": [], "left_segment": segment.key})
    added(happen, 2)
    run()
    at = int(way().entered_at.timestamp()) + 5
    on_segments(scope, [SegmentChange(segment.pk, segment.key, way().profile_id, False, at)])
    assert (way().outcome, way().reason) == ("exited", f"left the segment {segment.key}")


def test_a_condition_on_a_segment(segment, journey, happen, run):
    rule = {"subject": "segment", "name": segment.key}
    journey(("event_trigger", {"event": "Product Viewed"}), ("condition", {"condition": {"rules": [rule]}}))
    added(happen, 2)
    happen("Product Viewed")
    happen("Product Viewed", user="u2")
    run()
    assert dict(Step.objects.filter(node="n1").values_list("reason", "port")) == {
        f"in the segment {segment.key}": "yes",
        f"not in the segment {segment.key}": "no",
    }


@pytest.fixture
def experiment(scope, inside):
    made = Experiment.objects.create(key="mail-test", name="Mail test", kind=Experiment.Kind.JOURNEY)
    for position, key in enumerate(("control", "new")):
        Variant.objects.create(
            experiment=made, key=key, name=key, position=position, weight=Decimal(50), is_control=not position
        )
    metric = Metric.objects.get(key="click-through")
    ExperimentMetric.objects.create(experiment=made, metric=metric, role="primary", position=0)
    return made


def split(variants=("control", "new")):
    ports = (*variants, "otherwise")
    edges = [{"from": "n0", "port": "next", "to": "n1"}]
    edges += [{"from": "n1", "port": port, "to": "end"} for port in ports]
    return ("experiment_split", {"experiment": "mail-test", "variants": list(variants)}), edges


def test_a_running_experiment_divides_and_exposes(experiment, journey, happen, run, scope):
    experiments.start(scope.schema, experiment.pk, actor="user:1")
    node, edges = split()
    journey(TRIGGER, node, edges=edges)
    for number in range(20):
        happen("Product Added", user=f"u{number}")
    run()
    taken = {
        bytes(s.enrolment.unit): s.port for s in Step.objects.filter(node="n1").select_related("enrolment")
    }
    assert set(taken.values()) == {"control", "new"}
    keys = dict(Variant.objects.values_list("pk", "key"))
    exposed = {bytes(unit): keys[v] for unit, v in Exposure.objects.values_list("unit", "variant_id")}
    assert exposed == taken


def test_an_experiment_that_does_not_run_includes_nobody(experiment, journey, happen, run, way):
    node, edges = split()
    journey(TRIGGER, node, edges=edges)
    happen("Product Added")
    run()
    assert steps(way())[1] == ("n1", "otherwise", "not included")


def test_who_signed_in_while_waiting_is_divided_by_the_unit_they_have_now(
    experiment, journey, happen, run, scope
):
    experiments.start(scope.schema, experiment.pk, actor="user:1")
    (kind, config), _ = split()
    waits = {"from": "n0", "port": "next", "to": "n1"}, {"from": "n1", "port": "next", "to": "n2"}
    ends = [{"from": "n2", "port": port, "to": "end"} for port in ("control", "new", "otherwise")]
    journey(TRIGGER, HOUR, (kind, config), edges=[*waits, *ends])
    for n in range(12):
        happen("Product Viewed", user=f"u{n}")
        happen({"type": "track", "event": "Product Added", "anonymousId": f"a{n}", "messageId": f"visit-{n}"})
    run()
    for n in range(12):
        happen({"type": "identify", "userId": f"u{n}", "anonymousId": f"a{n}", "messageId": f"sign-in-{n}"})
    run(hours=2)
    now = {pk: bytes(unit) for pk, unit in Profile.objects.values_list("pk", "unit")}
    divided = Step.objects.filter(node="n2").values_list("enrolment__profile_id", "enrolment__unit", "port")
    assert all(bytes(before) != now[profile] for profile, before, _ in divided)
    compiled = running(scope.schema)
    assert {now[profile]: port for profile, _, port in divided} == {
        unit: compiled.assign(unit, subject="experiment:mail-test")[0].variant_key for unit in now.values()
    }
    assert {bytes(unit) for unit in Exposure.objects.values_list("unit", flat=True)} == set(now.values())


def refuse(scope, user="u1"):
    choice = Choice("personalisation", "", granted=False, source="test")
    set_consent(scope, ("user_id", user), [choice], actor="test")


def test_who_refuses_personalisation_takes_part_in_no_experiment(
    experiment, journey, happen, run, way, scope
):
    experiments.start(scope.schema, experiment.pk, actor="user:1")
    node, edges = split()
    journey(TRIGGER, node, edges=edges)
    happen("Product Added")
    refuse(scope)
    run()
    assert steps(way())[1] == ("n1", "otherwise", "not included")
    assert not Exposure.objects.exists()


@pytest.mark.parametrize("refuses", [True, False])
def test_the_simulator_leaves_out_who_refuses_personalisation(experiment, happen, scope, refuses):
    experiments.start(scope.schema, experiment.pk, actor="user:1")
    happen("Product Viewed")
    if refuses:
        refuse(scope)
    node, edges = split()
    start = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)
    found = simulate(
        scope,
        graph(TRIGGER, node, edges=edges),
        profile_id=Profile.objects.get().pk,
        events=[Happening(start, "Product Added")],
        start=start,
    )
    [outcome] = [step.outcome for step in found.steps if step.label == "Experiment"]
    assert (outcome == "not included") is refuses
