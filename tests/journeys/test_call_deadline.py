"""A server that trickles holds nobody: without the deadline each of these would never return."""

import pytest

from journeys.channels import smtp, webhook
from journeys.channels.base import Endpoint, Parcel, Temporary, Uncertain
from tenants import outbound

from .sinks import SECRET
from .slow_servers import trickling

PARCEL = Parcel("k", "email", "a@b.example", "s", "t")


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(webhook, "CALL_SECONDS", 1.0)
    monkeypatch.setattr(webhook, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(smtp, "CALL_SECONDS", 1.0)


def hook(port):
    return webhook.send(
        PARCEL, Endpoint("x", "webhook", {"url": f"http://127.0.0.1:{port}/"}, {"secret": SECRET})
    )


def mail(port, security="none"):
    config = {"host": "127.0.0.1", "port": port, "security": security, "from_email": "shop@shop.example"}
    return smtp.send(PARCEL, Endpoint("x", "smtp", config))


def test_headers_that_never_end():
    with (
        trickling(forever=b"HTTP/1.1 200 OK\r\nX: a") as port,
        pytest.raises(Temporary, match="Timeout") as told,
    ):
        hook(port)
    assert told.value.begun


def test_a_body_that_never_ends_does_not_undo_its_status():
    head = b'HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n{"id": '
    with trickling(head) as port:
        assert hook(port).reference == ""


def test_a_greeting_that_never_ends():
    with trickling(greeting=b"220-", forever=b"220-wait\r\n") as port, pytest.raises(Temporary):
        mail(port)


def test_a_handshake_that_never_ends():
    with trickling(greeting=b"\x16", forever=b"\x03") as port, pytest.raises(Temporary):
        mail(port, "tls")


def test_an_answer_to_the_recipient_that_never_ends():
    with trickling(b"250 hello\r\n", b"250 ok\r\n", greeting=b"220 hi\r\n") as port, pytest.raises(Temporary):
        mail(port)


def test_an_answer_to_the_data_that_never_ends_leaves_it_unknown():
    ok = b"250 ok\r\n"
    with (
        trickling(ok, ok, ok, b"354 go on\r\n", greeting=b"220 hi\r\n") as port,
        pytest.raises(Uncertain, match="ended while the message was sent"),
    ):
        mail(port)


def test_a_callback_whose_answer_never_ends(monkeypatch):
    monkeypatch.setattr(outbound, "CALL_SECONDS", 1.0)
    with trickling(forever=b"HTTP/1.1 200 OK\r\nX: a") as port, pytest.raises(outbound.Failed):
        outbound.post(f"http://127.0.0.1:{port}/", b"{}", {})


def test_a_callback_needs_no_body_of_the_answer():
    with trickling(b"HTTP/1.1 202 Accepted\r\nContent-Length: 900000\r\n\r\n{") as port:
        assert outbound.post(f"http://127.0.0.1:{port}/", b"{}", {}) == 202
