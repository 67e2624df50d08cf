"""Messages from the outbox to the sandbox: judged at the moment of sending, each decision with its reason."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from psycopg import Cursor

from journeys.delivery.claim import claim
from journeys.models import Enrolment, InboxMessage, Message, MessageTemplate, Suppression
from journeys.services.drafts import archive, pause, resume
from journeys.services.messages import save_policy

from .conftest import TRIGGER, agree, opened, steps

HOUR = ("delay", {"seconds": 3600})
SEND = ("send", {"template": "hello"})


@pytest.fixture
def waiting(journey, template, shopper, happen, run):
    """A message in the outbox, not looked at yet."""
    template()
    journey(TRIGGER, SEND, HOUR, exit_on={"events": ["Order Completed"]})
    shopper()
    happen("Product Added", properties={"product_id": "i1"})
    run()
    return Message.objects.get


def test_a_message_goes_into_the_inbox(sent_mail, scope):
    assert (sent_mail.state, sent_mail.attempts, sent_mail.reason) == ("sent", 1, "")
    inbox = InboxMessage.objects.get()
    content = opened(scope, inbox.content, inbox.unit)
    assert (content["to"], content["subject"]) == ("u1@example.com", "Hi Ada")
    assert inbox.key == sent_mail.key


def test_the_enrolment_waits_for_the_fate(waiting, way, run, deliver):
    assert (way().node, way().resume_at) == ("n1", None)
    assert run(hours=5) == 0
    deliver()
    run()
    assert way().node == "n2"
    assert way().resume_at - dt.timedelta(hours=1) > way().entered_at + dt.timedelta(hours=4)


def test_nothing_is_sealed_in_the_open(sent_mail):
    for row in (
        *Message.objects.values_list("content", "context"),
        *InboxMessage.objects.values_list("content"),
    ):
        assert all(b"u1@example.com" not in bytes(value) and b"i1" not in bytes(value)[:9] for value in row)


def test_consent_withdrawn_between_enrolment_and_send(waiting, scope, deliver, run, way):
    agree(scope, granted=False)
    deliver()
    assert (waiting().state, waiting().reason) == ("skipped", "no consent to marketing by e-mail")
    run()
    assert steps(way())[1] == ("n1", "skipped", "skipped")


def test_transactional_messages_need_no_consent(waiting, scope, deliver):
    MessageTemplate.objects.update(kind="transactional")
    Message.objects.update(marketing=False)
    agree(scope, granted=False)
    deliver()
    assert waiting().state == "sent"


def test_an_invalid_address_fails_with_a_sentence(waiting, happen, deliver):
    happen({"type": "identify", "userId": "u1", "traits": {"email": "ada at home"}, "messageId": "bad"})
    deliver()
    assert (waiting().state, waiting().reason) == ("failed", "the e-mail address on file is not valid")


def test_no_address(waiting, happen, deliver):
    happen({"type": "identify", "userId": "u1", "traits": {"email": ""}, "messageId": "none"})
    deliver()
    assert (waiting().state, waiting().reason) == ("skipped", "no e-mail address is known")


def test_a_suppressed_address(waiting, scope, deliver):
    from journeys.addresses import blind_of

    blind = blind_of(scope.tenant_id, "email", " U1@Example.com")
    Suppression.objects.create(channel="email", blind=blind, reason="complained")
    deliver()
    assert waiting().reason == "the address is on the suppression list (complained)"


@pytest.mark.parametrize("marketing", [True, False])
def test_an_erased_persons_address_gets_nothing(waiting, scope, deliver, marketing):
    """Whoever names it now: the shopper of this message is somebody else."""
    from compliance.suppression import suppress
    from journeys.addresses import blind_of

    Message.objects.update(marketing=marketing)
    with connection.cursor() as cursor:
        blind = blind_of(scope.tenant_id, "email", "U1@example.com ")
        suppress(cursor, scope.schema, [blind], request_id=uuid.uuid4())
    deliver()
    assert (waiting().state, waiting().reason) == (
        "skipped",
        "the address belongs to somebody who was erased",
    )


def test_who_left_the_journey_gets_nothing(waiting, happen, deliver):
    happen("Order Completed")
    assert (waiting().state, waiting().reason) == ("skipped", "the shopper had left the journey")
    assert deliver() == 0


def test_the_frequency_cap_delays_with_a_reason(waiting, scope, deliver, happen, run, journey):
    save_policy(scope.tenant_id, {"cap_day": 1}, actor="test")
    journey(("event_trigger", {"event": "Product Viewed"}), SEND)
    happen("Product Viewed")
    run()
    deliver()
    first, second = Message.objects.order_by("pk")
    assert (first.state, second.state) == ("sent", "delayed")
    assert second.reason == "frequency cap: 1 message within a day"
    assert abs(second.due_at - first.attempted_at - dt.timedelta(days=1)) < dt.timedelta(seconds=1)
    deliver(hours=25)
    assert Message.objects.filter(state="sent").count() == 2


def test_quiet_hours_delay_until_they_end_where_the_shopper_is(waiting, scope, deliver, happen):
    now = dt.datetime.now(dt.UTC)
    from zoneinfo import ZoneInfo

    there = now.astimezone(ZoneInfo("Asia/Tokyo"))
    start, end = (there - dt.timedelta(hours=1)), (there + dt.timedelta(hours=2))
    save_policy(
        scope.tenant_id, {"quiet_from": f"{start:%H:%M}", "quiet_until": f"{end:%H:%M}"}, actor="test"
    )
    happen({"type": "identify", "userId": "u1", "traits": {"timezone": "Asia/Tokyo"}, "messageId": "tz"})
    deliver()
    assert waiting().state == "delayed"
    assert waiting().reason == f"quiet hours until {end:%H:%M} where the shopper is"
    assert dt.timedelta(hours=1, minutes=58) < waiting().due_at - now <= dt.timedelta(hours=2)


def test_what_is_held_back_too_long_is_skipped_with_the_reason(waiting, scope, deliver):
    save_policy(scope.tenant_id, {"cap_day": 1, "give_up_hours": 2}, actor="test")
    message = waiting()
    Message.objects.create(
        key="other", profile_id=message.profile_id, unit=message.unit, template_id=message.template_id,
        channel="email", state="sent", due_at=message.due_at, created_at=message.created_at,
        attempted_at=dt.datetime.now(dt.UTC),
    )  # fmt: skip
    Message.objects.filter(pk=message.pk).update(created_at=message.created_at - dt.timedelta(hours=3))
    deliver()
    message.refresh_from_db()
    assert (message.state, message.reason) == (
        "skipped",
        "held back for 2 hours: frequency cap: 1 message within a day",
    )


def test_messages_of_a_paused_journey_wait(waiting, deliver):
    made = Enrolment.objects.get().journey_id
    pause(made, actor="test")
    deliver()
    assert (waiting().state, waiting().reason) == ("delayed", "the journey is paused")
    resume(made, actor="test")
    deliver()
    assert waiting().state == "sent"


def test_messages_of_an_archived_journey_are_skipped(waiting, deliver):
    archive(Enrolment.objects.get().journey_id, actor="test")
    deliver()
    assert (waiting().state, waiting().reason) == ("skipped", "the journey was archived")


def test_a_template_broken_after_publishing_fails_with_the_line(waiting, deliver, run, way):
    MessageTemplate.objects.update(html="<p>\n{{ x | nope }}")
    deliver()
    assert waiting().reason == "the template is broken: Line 2: there is no filter “nope”."
    run()
    assert steps(way())[1][2] == "failed"


def test_the_same_key_is_one_message(waiting, scope):
    from django.db import connection
    from psycopg import Cursor

    from journeys.engine.write import Outgoing
    from journeys.services.messages import enqueue

    message = waiting()
    again = Outgoing(message.key, message.profile_id, bytes(message.unit), message.template_id, "email", True,
                     message.due_at)  # fmt: skip
    with Cursor(connection.connection) as cursor:
        assert enqueue(cursor, scope, [again]) == 0


def test_no_message_of_another_tenant_is_touched(waiting, rival):
    from journeys.delivery.run import deliver_once
    from tenants import keyring
    from tenants.db import tenant_connection

    with tenant_connection(rival.schema_name):
        assert deliver_once(keyring.scope_of_tenant(rival)) == 0
    assert waiting().state == "queued"


def test_what_shoppers_wait_for_goes_before_marketing(waiting, scope, deliver):
    now = dt.datetime.now(dt.UTC)
    message = waiting()
    for number, marketing in enumerate([True, True, False]):
        Message.objects.create(
            key=f"m{number}", profile_id=message.profile_id, unit=message.unit, template_id=message.template_id,
            channel="email", marketing=marketing, created_at=now, due_at=now - dt.timedelta(hours=3 - number),
        )  # fmt: skip
    with Cursor(connection.connection) as cursor:
        assert [m.key for m in claim(cursor, scope.schema, 1)] == ["m2"]
        assert {m.key for m in claim(cursor, scope.schema, 3)} == {"m0", "m1", "m2"}
