"""An address beyond ASCII: written as RFC 6531 says where the server takes it, and else refused in words."""

import pytest
from aiosmtpd.controller import Controller

from journeys.channels import smtp
from journeys.channels.base import Endpoint, Parcel, Permanent

from .sinks import MailSink, free_port


@pytest.fixture
def office():
    """`office(knows)` is a running server that offers SMTPUTF8, or does not; the handler that keeps its mails."""
    running = []

    def start(knows):
        handler = MailSink()
        handler.port = free_port()
        server = Controller(handler, "127.0.0.1", handler.port, enable_SMTPUTF8=knows)
        server.start()
        running.append(server)
        return handler

    yield start
    for server in running:
        server.stop()


def post(office, to="jörg@example.com", sender="shop@shop.example", subject="Grüße"):
    config = {"host": "127.0.0.1", "port": office.port, "security": "none", "from_email": sender}
    return smtp.send(Parcel("k", "email", to, subject, "t"), Endpoint("x", "smtp", config))


def test_it_arrives(office):
    there = office(True)
    post(there)
    [mail] = there.mails
    assert mail.rcpt_tos == ["jörg@example.com"]
    assert "To: jörg@example.com" in mail.content.decode()


def test_a_server_that_can_not_is_told_of(office):
    there = office(False)
    with pytest.raises(Permanent, match="the e-mail address on file can't be used by this server"):
        post(there)
    with pytest.raises(Permanent, match="the sender's address can't be used"):
        post(there, "a@b.example", "büro@shop.example")
    assert there.mails == []


def test_what_can_not_be_written_as_a_mail_was_certainly_not_sent(office):
    there = office(True)
    with pytest.raises(Permanent, match="can't be written as an e-mail"):
        post(there, "a@b.example\nBcc: c@d.example")
    assert there.mails == []
