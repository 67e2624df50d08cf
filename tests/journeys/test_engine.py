"""Shoppers walk through their version of a journey: waits, ways out, ends."""

import datetime as dt

import pytest

from journeys.models import NodeCount, Step
from journeys.selectors import counts, overview
from journeys.services.drafts import archive, pause, publish, resume, save_draft
from profiles.processing.batches import run_once as process

from .conftest import TRIGGER, graph, steps

HOUR = ("delay", {"seconds": 3600})


def test_a_delay_waits_and_goes_on(journey, happen, run, way):
    journey(TRIGGER, HOUR)
    happen("Product Added")
    assert run() == 1
    waiting = way()
    assert (waiting.node, waiting.reason, waiting.finished_at) == ("n1", "waits 1 hour", None)
    assert abs(waiting.resume_at - waiting.waiting_since - dt.timedelta(hours=1)) < dt.timedelta(seconds=1)
    assert run() == 0
    assert run(minutes=61) == 1
    assert (way().outcome, way().reason) == ("completed", "came to the end")
    assert steps(way()) == [
        ("n0", "next", "entered"),
        ("n1", "next", "waited"),
        ("end", "", "completed"),
    ]


def test_wait_until_the_event(journey, happen, run, way):
    journey(TRIGGER, ("wait_until", {"event": "Checkout Started", "timeout": 3600}))
    happen("Product Added")
    run()
    happen("Checkout Started")
    run()
    assert steps(way())[1] == ("n1", "happened", "happened")


def test_wait_until_the_time_is_up(journey, happen, run, way):
    journey(TRIGGER, ("wait_until", {"event": "Checkout Started", "timeout": 3600}))
    happen("Product Added")
    run()
    run(hours=2)
    assert steps(way())[1] == ("n1", "timeout", "timed out")


def test_wait_until_an_event_with_the_right_property(journey, happen, run, way):
    where = {"rules": [{"subject": "event", "name": "step", "value": 2}]}
    journey(TRIGGER, ("wait_until", {"event": "Checkout Started", "timeout": 3600, "where": where}))
    happen("Product Added")
    run()
    happen("Checkout Started", properties={"step": 1})
    assert run() == 0
    happen("Checkout Started", properties={"step": 2})
    assert run() == 1


def test_a_condition_on_a_feature(journey, happen, run, way):
    rule = {"subject": "feature", "name": "cart_adds_30d", "operator": "at_least", "value": 2}
    journey(TRIGGER, ("condition", {"condition": {"rules": [rule]}}))
    happen("Product Added", "Product Added", properties={"product_id": "i1"})
    run()
    step = Step.objects.get(node="n1")
    assert (step.port, step.reason) == ("yes", "asked whether cart_adds_30d (2) is at least 2")


def test_an_exit_event_ends_the_way(journey, happen, run, way):
    journey(TRIGGER, HOUR, exit_on={"events": ["Order Completed"]})
    happen("Product Added")
    run()
    happen("Order Completed")
    assert (way().outcome, way().reason, way().resume_at) == ("exited", "Order Completed happened", None)
    assert run(hours=2) == 0


def test_the_goal_counts_after_the_end_too(journey, happen, run, way):
    made = journey(TRIGGER, goal={"event": "Order Completed", "within_hours": 72})
    happen("Product Added")
    run()
    assert way().outcome == "completed"
    happen("Order Completed", "Order Completed", properties={"revenue": 12.5})
    found = overview(made)
    assert (found.entered, found.goals, way().goal_value, found.inside) == (1, 1, 12.5, 0)


def test_the_goal_does_not_count_when_it_is_late(journey, happen, run, way):
    journey(TRIGGER, goal={"event": "Order Completed", "within_hours": 1})
    happen("Product Added")
    run()
    run(hours=2)
    happen("Order Completed")
    assert way().goal_at is None


def test_the_goal_ends_the_way(journey, happen, run, way):
    journey(TRIGGER, HOUR, goal={"event": "Order Completed", "within_hours": 72, "exit": True})
    happen("Product Added")
    run()
    happen("Order Completed")
    assert way().outcome == "goal"


def test_a_trait_is_set_through_the_ordinary_door(journey, happen, run, scope):
    from profiles.selectors import find_profile, traits_of

    journey(TRIGGER, ("update_trait", {"trait": "vip", "value": True}))
    happen("Product Added")
    run()
    process(scope)
    profile = find_profile(scope, "user_id", "u1")
    assert traits_of(scope, profile)["vip"] is True


def test_a_split_sends_everybody_the_same_way_again(journey, happen, run):
    edges = [
        {"from": "n0", "port": "next", "to": "n1"},
        {"from": "n1", "port": "a", "to": "end"},
        {"from": "n1", "port": "b", "to": "end"},
    ]
    split = {"branches": [{"key": "a", "weight": 50}, {"key": "b", "weight": 50}]}
    journey(TRIGGER, ("random_split", split), edges=edges)
    for _ in range(2):
        for number in range(40):
            happen("Product Added", user=f"u{number}")
        run()
    taken: dict[bytes, set[str]] = {}
    for step in Step.objects.filter(node="n1").select_related("enrolment"):
        taken.setdefault(bytes(step.enrolment.unit), set()).add(step.port)
    assert len(taken) == 40
    assert all(len(ports) == 1 for ports in taken.values())
    assert {next(iter(ports)) for ports in taken.values()} == {"a", "b"}


def test_shoppers_finish_on_the_version_that_they_entered(journey, happen, run, way):
    made = journey(TRIGGER, HOUR, ("update_trait", {"trait": "old", "value": 1}))
    happen("Product Added")
    run()
    save_draft(made.pk, graph(TRIGGER, ("delay", {"seconds": 60})), 0, actor="test")
    publish(made.pk, actor="test")
    run(hours=2)
    assert ("n2", "next", "updated") in steps(way())


def test_a_paused_journey_stands_still_and_goes_on(journey, happen, run, way, scope):
    from journeys.tasks import advance_turn

    made = journey(TRIGGER, HOUR)
    happen("Product Added")
    run()
    pause(made.pk, actor="test")
    run(hours=2)
    assert (way().node, way().resume_at, way().parked) == ("n1", None, True)
    resume(made.pk, actor="test")
    advance_turn(scope)
    assert way().outcome == "completed"


def test_an_archived_journey_lets_everybody_go(journey, happen, run, way, scope):
    from journeys.tasks import advance_turn

    made = journey(TRIGGER, HOUR)
    happen("Product Added")
    run()
    archive(made.pk, actor="test")
    advance_turn(scope)
    assert (way().outcome, way().reason) == ("stopped", "the journey was archived")


def test_counts_add_up(journey, happen, run):
    made = journey(TRIGGER, HOUR)
    for number in range(3):
        happen("Product Added", user=f"u{number}")
    run()
    happen("Product Added", user="u9")
    found = counts(made)
    assert (found["n0"].entered, found["n0"].here, found["n0"].ports) == (4, 1, {"next": 3})
    assert (found["n1"].entered, found["n1"].here) == (3, 3)
    run()
    run(hours=2)
    found = counts(made)
    assert (found["n1"].here, found["end"].outcomes) == (0, {"completed": 4})


def test_gathering_counts_changes_no_sum(journey, happen, run, inside):
    from django.db import connection
    from psycopg import Cursor

    from journeys.engine.write import gather_counts

    made = journey(TRIGGER)
    for number in range(5):
        happen("Product Added", user=f"u{number}")
        run()
    before, rows = counts(made), NodeCount.objects.count()
    with Cursor(connection.connection) as cursor:
        assert gather_counts(cursor, connection.schema_name, more_than=3)
    assert counts(made) == before
    assert NodeCount.objects.count() < rows


@pytest.mark.usefixtures("inside")
def test_the_due_table_names_the_second_of_the_next_wait(journey, happen, run, way, scope):
    from django.db import connection

    journey(TRIGGER, HOUR)
    happen("Product Added")
    run()
    with connection.cursor() as cursor:
        cursor.execute("SELECT at FROM public.tenants_due WHERE queue = 'journeys' ORDER BY at DESC LIMIT 1")
        assert cursor.fetchone()[0] == way().resume_at.replace(microsecond=0)
