"""E-mail to a real SMTP server: what arrives, what bounces, and what happens when nobody knows."""

from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from journeys.delivery.prepare import prepare
from journeys.models import Message, Suppression
from journeys.services.channels import BadChannel, save_endpoint
from journeys.services.messages import NotUnknown, mark_arrived, send_again

from .conftest import TRIGGER, steps
from .sinks import MailSink, free_port

SEND = ("send", {"template": "hello"})


@pytest.fixture
def post_office():
    handler = MailSink()
    handler.port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def waiting(post_office, scope, journey, template, shopper, happen, run):
    config = {
        "host": "127.0.0.1",
        "port": post_office.port,
        "security": "none",
        "from_email": "shop@shop.example",
        "from_name": "Alpha Grocers",
    }
    save_endpoint(scope.tenant_id, "email", "smtp", config, None, actor="test")
    template(subject="Grüße an {{ shopper.first_name }}")
    journey(TRIGGER, SEND)
    shopper()
    happen("Product Added")
    run()
    return Message.objects.get


def test_a_mail_arrives_with_its_headers(waiting, post_office, deliver):
    deliver()
    [envelope] = post_office.mails
    mail = message_from_bytes(envelope.content, policy=policy.default)
    assert envelope.rcpt_tos == ["u1@example.com"]
    assert (mail["Subject"], mail["From"]) == ("Grüße an Ada", "Alpha Grocers <shop@shop.example>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].startswith("<http://alpha.localhost/m/u/")
    assert mail["Message-ID"].endswith("@shop.example>")
    assert waiting().provider_reference == mail["Message-ID"]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert "Look at this" in text.get_content()
    assert "/m/c/" in html.get_content()


def test_an_unknown_address_bounces_and_is_suppressed(waiting, post_office, deliver):
    post_office.refuse = "550 no such user"
    deliver()
    assert (waiting().state, waiting().reason) == ("failed", "the server refuses the address (550)")
    assert Suppression.objects.get().reason == "bounced"


def test_a_full_mailbox_is_tried_again(waiting, post_office, deliver):
    post_office.refuse = "452 full"
    deliver()
    assert (waiting().state, Suppression.objects.exists()) == ("delayed", False)
    post_office.refuse = ""
    deliver(minutes=5)
    assert waiting().state == "sent"


def test_a_connection_that_breaks_in_the_data_leaves_it_unknown(waiting, post_office, deliver, run, way):
    post_office.hang_up = True
    deliver()
    assert waiting().state == "unknown"
    assert waiting().reason.startswith("the connection ended while the message was sent")
    deliver(days=2)
    assert len(post_office.mails) == 1
    run()
    assert steps(way())[1] == ("n1", "next", "unknown")


def test_killed_in_mid_send_it_is_unknown_and_never_repeated(waiting, post_office, deliver, scope):
    prepare(scope, 10, timezone.now())
    deliver(minutes=2)
    assert waiting().state == "unknown"
    deliver(days=1)
    assert post_office.mails == []


def test_a_person_says_that_it_arrived(waiting, deliver, scope):
    prepare(scope, 10, timezone.now())
    deliver(minutes=2)
    assert mark_arrived(waiting().pk, actor="user:1").state == "delivered"
    with pytest.raises(NotUnknown, match="delivered; there is nothing to decide"):
        send_again(scope, waiting().pk, actor="user:1")


def test_a_person_sends_it_again(waiting, post_office, deliver, scope):
    prepare(scope, 10, timezone.now())
    deliver(minutes=2)
    send_again(scope, waiting().pk, actor="user:1")
    deliver()
    assert (waiting().state, len(post_office.mails)) == ("sent", 1)


def test_settings_are_checked(scope, inside):
    with pytest.raises(BadChannel) as bad:
        save_endpoint(scope.tenant_id, "email", "smtp", {"port": 0, "security": "magic"}, None, actor="test")
    assert [field for field, _ in bad.value.problems] == ["host", "port", "from_email", "security"]
