"""The verification link goes to the address on file, through the outbox like any other message."""

from __future__ import annotations

import orjson
import pytest

from compliance.models import SubjectRequest
from compliance.requests import verify
from compliance.requests.addresses import keep_apart
from compliance.requests.problems import Refused
from journeys.models import InboxMessage, Message, MessageTemplate
from journeys.tasks import deliver_messages
from tenants import vault
from tenants.crypto import unseal
from tenants.keys import create_key

ADDRESS = "https://shop.example/privacy/verify/"


def mail(scope, request):
    """The link as the mailer gets it; whoever has it mailed is told only where it went."""
    made = []
    to = verify.mail_link(
        scope, request, lambda token: made.append(ADDRESS + token) or made[-1], actor="user:1"
    )
    assert to == SubjectRequest.objects.get(pk=request.pk).link_mailed_to
    assert "…@" in to
    return made[-1]


def delivered(scope, tenant):
    """Where what was sent went."""
    deliver_messages.run(tenant.schema_name)
    found = []
    for letter in InboxMessage.objects.all():
        unit = bytes(letter.unit)
        key = vault.existing_person_keys(scope.tenant_id, [unit])[unit]
        found.append(orjson.loads(unseal(key, bytes(letter.content)))["to"])
    return found


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


@pytest.fixture
def browser(tenant):
    return create_key(tenant=tenant, kind="publishable", name="p")[1]


EVIL = "evil@elsewhere.example"


@pytest.mark.usefixtures("known")
def test_a_browser_does_not_decide_where_it_goes(scope, tenant, send, asked, browser):
    request = asked("u1", kind="access")
    evil = {"type": "track", "event": "x", "userId": "u1", "context": {"traits": {"email": EVIL}}}
    send(evil, key=browser)
    mail(scope, request)
    send({**evil, "context": {"traits": {"email_address": EVIL, "email": EVIL}}}, key=browser)
    assert delivered(scope, tenant) == ["ada@example.com"]


def test_an_address_that_only_a_browser_said_gets_none(scope, send, asked, browser):
    send({"type": "identify", "userId": "u3", "traits": {"email": EVIL}}, key=browser)
    request = asked("u3")
    with pytest.raises(Refused, match="may be anybody's"):
        mail(scope, request)
    assert not Message.objects.exists()


@pytest.mark.parametrize("first", ["email", "email_address"])
def test_of_two_addresses_it_goes_to_the_trusted_one(scope, tenant, send, asked, browser, first):
    send({"type": "identify", "userId": "u4", "traits": {first: EVIL}}, key=browser)
    other = {"email": "email_address", "email_address": "email"}[first]
    send({"type": "identify", "userId": "u4", "traits": {other: "bo@example.com"}})
    mail(scope, asked("u4"))
    assert delivered(scope, tenant) == ["bo@example.com"]


@pytest.mark.usefixtures("known")
def test_an_address_that_changed_meanwhile_gets_none(scope, tenant, send, asked):
    mail(scope, asked("u1"))
    send({"type": "identify", "userId": "u1", "traits": {"email": "new@example.com"}})
    assert delivered(scope, tenant) == []
    assert Message.objects.get().reason == "the address on file changed since the link was made"


@pytest.mark.usefixtures("known")
def test_an_address_that_another_shopper_has_too_gets_none(scope, send, asked):
    send({"type": "identify", "userId": "u2", "traits": {"email": "ADA@example.com"}})
    request = asked("u1")
    with pytest.raises(Refused, match="Another shopper has this e-mail address too"):
        mail(scope, request)
    keep_apart(scope, request, actor="user:1")
    with pytest.raises(Refused, match="doesn't prove who asks"):
        mail(scope, request)
    request.refresh_from_db()
    assert (request.status, request.link_nonce) == ("received", "")
    assert not Message.objects.exists()


@pytest.mark.usefixtures("known")
def test_several_shoppers_get_none(scope, send, asked):
    send({"type": "identify", "userId": "guest-7", "traits": {"email": "ada@example.com"}})
    request = asked("ada@example.com", identity="email")
    with pytest.raises(Refused, match="2 different shoppers"):
        mail(scope, request)
    request.refresh_from_db()
    assert (request.status, request.link_nonce) == ("received", "")


def test_without_an_address_nothing_is_made(scope, send, asked):
    send({"type": "identify", "userId": "u2", "traits": {"first_name": "Bob"}})
    request = asked("u2")
    with pytest.raises(Refused, match="no e-mail address on file"):
        mail(scope, request)
    request.refresh_from_db()
    assert (request.status, request.link_nonce) == ("received", "")
    assert not Message.objects.exists()
