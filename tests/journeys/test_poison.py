"""One enrolment that fails does not hold up the others."""

import pytest

from journeys.models import Enrolment
from journeys.nodes import update_trait
from journeys.nodes.base import Next

from .conftest import TRIGGER


@pytest.fixture
def poisoned(journey, happen, monkeypatch):
    """Two shoppers at a step that raises for the first of them."""
    journey(TRIGGER, ("update_trait", {"trait": "x", "value": 1}))
    happen("Product Added", user="u1")
    happen("Product Added", user="u2")
    bad = Enrolment.objects.order_by("id").first().pk

    def run(config, who, world, now):
        if who.id == bad:
            raise KeyError("secret@example.com")
        return Next("next", "updated")

    monkeypatch.setattr(update_trait, "run", run)
    return bad


def test_the_others_go_on(poisoned, run):
    run()
    assert Enrolment.objects.exclude(pk=poisoned).get().outcome == "completed"


def test_it_is_tried_again_later(poisoned, run):
    run()
    stuck = Enrolment.objects.get(pk=poisoned)
    assert (stuck.node, stuck.visit, stuck.attempts, stuck.finished_at) == ("n0", 0, 1, None)
    assert stuck.resume_at is not None


def test_after_five_attempts_it_ends_with_a_reason_that_quotes_nobody(poisoned, run):
    for _ in range(5):
        run(hours=1)
    ended = Enrolment.objects.get(pk=poisoned)
    assert (ended.outcome, ended.reason) == ("failed", "“n1” failed (KeyError), 5 times")


def test_what_cannot_be_written_is_isolated_too(journey, happen, run, monkeypatch):
    journey(TRIGGER, ("update_trait", {"trait": "x", "value": 1}))
    happen("Product Added", user="u1")
    happen("Product Added", user="u2")
    bad = Enrolment.objects.order_by("id").first().pk
    monkeypatch.setattr(
        update_trait,
        "run",
        lambda config, who, world, now: Next("next", "updated", "\x00" if who.id == bad else ""),
    )
    run()
    assert Enrolment.objects.get(pk=bad).attempts == 1
    assert Enrolment.objects.exclude(pk=bad).get().outcome == "completed"
