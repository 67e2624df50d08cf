"""Sent again by hand: the end of a journey calls nothing back that a person asks for, a shopper's no does."""

import pytest

from journeys.models import Enrolment, Message
from journeys.services.drafts import archive
from journeys.services.messages import send_again

from .conftest import TRIGGER, agree

SEND = ("send", {"template": "hello"})


@pytest.fixture
def lost(journey, template, shopper, happen, run, deliver):
    """A message whose fate was unknown, of a way that has gone on to its end."""
    template()
    journey(TRIGGER, SEND)
    shopper()
    happen("Product Added")
    run()
    deliver()
    run()
    assert Enrolment.objects.get().finished_at is not None
    Message.objects.update(state="unknown", attempted_at=None)
    return Message.objects.get


def test_after_the_end_of_the_way(lost, deliver, scope):
    send_again(scope, lost().pk, actor="user:1")
    deliver()
    assert (lost().state, lost().attempts) == ("sent", 2)


def test_after_the_end_of_the_journey(lost, deliver, scope):
    archive(Enrolment.objects.get().journey_id, actor="test")
    send_again(scope, lost().pk, actor="user:1")
    deliver()
    assert lost().state == "sent"


def test_not_to_who_withdrew(lost, deliver, scope):
    agree(scope, granted=False)
    send_again(scope, lost().pk, actor="user:1")
    deliver()
    assert (lost().state, lost().reason) == ("skipped", "no consent to marketing by e-mail")
