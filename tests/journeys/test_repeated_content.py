"""Tried again, a message says the same only if it may have arrived, and goes where its shopper is now."""

import pytest
from django.utils import timezone

from journeys.addresses import blind_of
from journeys.delivery.prepare import prepare
from journeys.models import InboxMessage, Message, Suppression
from journeys.services.channels import save_endpoint

from .conftest import TRIGGER, agree, opened
from .sinks import SECRET

SEND = ("send", {"template": "hello"})
NOBODY = "http://127.0.0.1:9/x"


@pytest.fixture
def to(scope, inside):
    return lambda url: save_endpoint(
        scope.tenant_id, "email", "webhook", {"url": url}, {"secret": SECRET}, actor="t"
    )


@pytest.fixture
def waiting(journey, template, shopper, happen, run):
    template()
    journey(TRIGGER, SEND)
    shopper()
    happen("Product Added")
    run()
    return Message.objects.get


@pytest.fixture
def becomes(happen):
    return lambda **traits: happen({"type": "identify", "userId": "u1", "traits": traits, "messageId": "new"})


def test_what_never_left_is_written_anew(waiting, to, sink, deliver, becomes):
    to(NOBODY)
    deliver()
    becomes(first_name="Eve")
    to(sink.url)
    deliver(minutes=5)
    assert [body["subject"] for body in sink.bodies()] == ["Hi Eve"]


def test_it_goes_to_the_new_address(waiting, to, sink, deliver, becomes):
    sink.answers = [503]
    to(sink.url)
    deliver()
    becomes(email="new@example.com")
    deliver(minutes=5)
    assert [body["to"] for body in sink.bodies()] == ["u1@example.com", "new@example.com"]


def test_a_new_address_that_is_suppressed_gets_nothing(waiting, to, sink, deliver, becomes, scope):
    sink.answers = [503]
    to(sink.url)
    deliver()
    becomes(email="new@example.com")
    blind = blind_of(scope.tenant_id, "email", "new@example.com")
    Suppression.objects.create(channel="email", blind=blind, reason="complained")
    deliver(minutes=5)
    assert (waiting().state, len(sink.calls)) == ("skipped", 1)


def test_who_withdrew_while_the_sender_was_gone_gets_nothing_more(waiting, to, sink, deliver, scope):
    to(sink.url)
    prepare(scope, 10, timezone.now())
    agree(scope, granted=False)
    deliver(minutes=2)
    assert (waiting().state, sink.calls) == ("unknown", [])
    assert waiting().reason.endswith("and now no consent to marketing by e-mail")


def test_a_way_that_ended_meanwhile_calls_nothing_back_that_may_have_left(
    waiting, to, sink, deliver, scope, way
):
    to(sink.url)
    prepare(scope, 10, timezone.now())
    type(way()).objects.update(finished_at=timezone.now(), outcome="exited")
    deliver(minutes=2)
    assert (waiting().state, len(sink.calls)) == ("sent", 1)


def test_the_sandbox_shows_the_new_address_too(waiting, to, deliver, becomes, scope):
    to(NOBODY)
    deliver()
    becomes(email="new@example.com")
    save_endpoint(scope.tenant_id, "email", "sandbox", {}, None, actor="t")
    deliver(minutes=5)
    letter = InboxMessage.objects.get()
    assert opened(scope, letter.content, letter.unit)["to"] == "new@example.com"
