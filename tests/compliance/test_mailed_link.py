"""The verification link goes to the address on file, through the outbox like any other message."""

from __future__ import annotations

import pytest

from compliance.requests import verify
from compliance.requests.problems import Refused
from journeys.models import InboxMessage, Message, MessageTemplate
from journeys.tasks import deliver_messages

ADDRESS = "https://shop.example/privacy/verify/"


def mail(scope, request):
    return verify.mail_link(scope, request, lambda token: ADDRESS + token, actor="user:1")


@pytest.fixture
def known(send):
    send({"type": "identify", "userId": "u1", "traits": {"email": "ada@example.com"}})


@pytest.mark.usefixtures("known")
def test_it_arrives_and_confirms(scope, tenant, asked):
    request = asked("u1")
    link = mail(scope, request)
    deliver_messages.run(tenant.schema_name)
    [letter] = InboxMessage.objects.all()
    message = Message.objects.get(pk=letter.message_id)
    assert (message.state, message.marketing) == ("sent", False)
    assert MessageTemplate.objects.get(pk=message.template_id).kind == "transactional"
    confirmed = verify.confirm_link(scope, link.removeprefix(ADDRESS))
    assert (confirmed.status, confirmed.verification) == ("verified", "link")


@pytest.mark.usefixtures("known")
def test_a_newer_link_replaces_the_one_before(scope, asked):
    request = asked("u1")
    first, second = mail(scope, request), mail(scope, request)
    with pytest.raises(Refused, match="replaced"):
        verify.confirm_link(scope, first.removeprefix(ADDRESS))
    assert verify.confirm_link(scope, second.removeprefix(ADDRESS)).status == "verified"


def test_without_an_address_nothing_is_made(scope, send, asked):
    send({"type": "identify", "userId": "u2", "traits": {"first_name": "Bob"}})
    request = asked("u2")
    with pytest.raises(Refused, match="no e-mail address on file"):
        mail(scope, request)
    request.refresh_from_db()
    assert (request.status, request.link_nonce) == ("received", "")
    assert not Message.objects.exists()
