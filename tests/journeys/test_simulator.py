"""A draft on a real or invented shopper with time flying: the engine's own rules, and nothing written."""

import datetime as dt

import pytest
from django.db import connection

from journeys.models import Enrolment, InboxMessage, Message
from journeys.services.messages import save_policy
from journeys.simulator import Happening, simulate
from profiles.models import Event, EventQueue

from .conftest import TRIGGER, agree, graph

START = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)
HOUR = ("delay", {"seconds": 3600})
SEND = ("send", {"template": "hello"})
CART = Happening(START, "Product Added", {"product_id": "i1"})

pytestmark = pytest.mark.usefixtures("inside")


def lines(found):
    return [(step.label, step.outcome) for step in found.steps]


def test_an_invented_shopper_goes_through(scope, template):
    template()
    found = simulate(scope, graph(TRIGGER, HOUR, SEND), profile_id=None, events=[CART], start=START)
    assert lines(found) == [
        ("Product Added", "happened"),
        ("Event", "entered"),
        ("Delay", "waits"),
        ("Delay", "waited"),
        ("Send", "sent"),
        ("Exit", "completed"),
    ]
    assert found.steps[3].at == START + dt.timedelta(hours=1)
    assert (found.entered, found.outcome) == (True, "Completed: came to the end.")
    assert found.messages[found.steps[4].message].subject == "Hi Alex"


def test_nothing_that_starts_it(scope):
    found = simulate(scope, graph(TRIGGER, HOUR), profile_id=None, events=[], start=START)
    assert (found.entered, found.outcome) == (
        False,
        "The shopper never entered: nothing that happened starts this journey.",
    )


def test_an_exit_event_stops_the_message(scope, template):
    template()
    raw = graph(TRIGGER, HOUR, SEND, exit_on={"events": ["Order Completed"]})
    order = Happening(START + dt.timedelta(minutes=30), "Order Completed")
    found = simulate(scope, raw, profile_id=None, events=[CART, order], start=START)
    assert (found.outcome, found.messages) == ("Exited: Order Completed happened.", [])


def test_wait_until_and_goal(scope):
    raw = graph(
        TRIGGER,
        ("wait_until", {"event": "Checkout Started", "timeout": 3600}),
        goal={"event": "Checkout Started", "exit": False},
    )
    checkout = Happening(START + dt.timedelta(minutes=10), "Checkout Started")
    found = simulate(scope, raw, profile_id=None, events=[CART, checkout], start=START)
    assert ("Wait until", "happened") in lines(found)
    assert ("Goal", "reached") in lines(found)


def test_quiet_hours_hold_the_message_back(scope, template):
    template()
    save_policy(scope.tenant_id, {"quiet_from": "12:30", "quiet_until": "18:00"}, actor="test")
    found = simulate(scope, graph(TRIGGER, HOUR, SEND), profile_id=None, events=[CART], start=START)
    delayed = next(step for step in found.steps if step.outcome == "delayed")
    sent = next(step for step in found.steps if step.outcome == "sent")
    assert delayed.reason == "quiet hours until 18:00 where the shopper is"
    assert sent.at == START.replace(hour=18)


def test_a_real_shopper_without_consent_gets_nothing(scope, template, shopper):
    template()
    profile = shopper("u1")
    agree(scope, "u1", granted=False)
    found = simulate(scope, graph(TRIGGER, SEND), profile_id=profile, events=[CART], start=START)
    assert ("Send", "skipped") in lines(found)
    assert found.messages == []


def test_a_real_shopper_is_addressed(scope, template, shopper):
    template()
    found = simulate(scope, graph(TRIGGER, SEND), profile_id=shopper("u1"), events=[CART], start=START)
    assert (found.messages[0].to, found.messages[0].subject) == ("u1@example.com", "Hi Ada")


def test_their_own_events_are_replayed(scope, template, shopper, happen):
    template()
    profile = shopper("u1")
    happen("Product Added", properties={"product_id": "i1"})
    now = dt.datetime.now(dt.UTC)
    found = simulate(scope, graph(TRIGGER, HOUR, SEND), profile_id=profile, events=None, start=now)
    assert found.entered
    assert len(found.messages) == 1


def test_a_broken_draft_is_told_as_a_step(scope):
    raw = graph(TRIGGER, HOUR)
    raw["edges"].pop()
    found = simulate(scope, raw, profile_id=None, events=[CART], start=START)
    assert found.outcome == "Failed: the way “next” leads nowhere."


def test_a_trait_that_the_journey_sets_is_seen_later(scope):
    rule = {"subject": "trait", "name": "vip", "operator": "is", "value": "yes"}
    raw = graph(
        TRIGGER,
        ("update_trait", {"trait": "vip", "value": "yes"}),
        ("condition", {"condition": {"rules": [rule]}}),
    )
    found = simulate(scope, raw, profile_id=None, events=[CART], start=START)
    assert ("Condition", "yes") in lines(found)


def test_nothing_is_written(scope, template, shopper):
    template()
    profile = shopper("u1")
    before = (Event.objects.count(), EventQueue.objects.count())
    raw = graph(TRIGGER, ("update_trait", {"trait": "x", "value": 1}), SEND)
    simulate(scope, raw, profile_id=profile, events=[CART], start=START)
    assert (Event.objects.count(), EventQueue.objects.count()) == before
    assert not Enrolment.objects.exists()
    assert not Message.objects.exists()
    assert not InboxMessage.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone()[0] == "off"
