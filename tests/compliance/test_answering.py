"""A closed request can still be answered: its address is kept, sealed, until that is done or a month has passed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from compliance.models import Contact
from compliance.requests import contact, decide, verify
from compliance.requests.contact import contact_of
from compliance.requests.problems import Refused
from compliance.requests.subject import open_subject
from tenants.models import PersonKey
from tenants.workspace.models import AuditRecord

pytestmark = pytest.mark.usefixtures("db", "inside")
ADDRESS = ("email", "one@shop.example")


@pytest.fixture
def known(send):
    send({"type": "identify", "userId": "u1", "traits": {"email": ADDRESS[1], "name": "One"}})


@pytest.fixture
def erased(known, performed):
    return performed("u1")


def test_the_erased_are_told_at_the_address_that_was_on_file(erased, scope):
    assert contact_of(scope, erased) == (ADDRESS,)
    assert open_subject(scope, erased) is None
    assert b"shop.example" not in bytes(erased.contact.sealed)


def test_once_answered_nobody_can_read_it(erased, scope):
    key = PersonKey.objects.filter(handle=erased.contact.pk.bytes)
    assert key.exists()
    assert contact.answered(scope, erased, actor="user:1").answered_at
    assert (contact_of(scope, erased), Contact.objects.count(), key.exists()) == ((), 0, False)
    assert AuditRecord.objects.filter(action="subject request answered").count() == 1
    with pytest.raises(Refused, match="no address left"):
        contact.answered(scope, erased, actor="user:1")


def test_unanswered_it_goes_after_a_month(erased, scope):
    assert dt.timedelta(days=29) < erased.contact.until - timezone.now() <= dt.timedelta(days=30)
    assert contact.expire_contacts(scope) == 0
    Contact.objects.update(until=timezone.now())
    assert contact_of(scope, erased) == ()
    handle = Contact.objects.get().pk.bytes
    assert contact.expire_contacts(scope) == 1
    assert not PersonKey.objects.filter(handle=handle).exists()


@pytest.mark.usefixtures("known")
def test_with_an_export_it_goes_when_the_export_does(performed):
    request = performed("u1", kind="access")
    assert request.contact.until == request.bundle.expires_at


@pytest.mark.usefixtures("known")
def test_a_later_erasure_takes_it_along(performed, scope):
    before = performed("u1", kind="access")
    after = performed(ADDRESS[1], identity="email")
    assert contact_of(scope, before) == ()
    assert contact_of(scope, after) == (ADDRESS,)
    assert Contact.objects.count() == 1


@pytest.mark.usefixtures("known")
def test_who_is_rejected_is_told_where_they_asked_from_and_nowhere_else(asked, scope):
    request = decide.reject(scope, asked("u1"), reason="unverified", actor="user:1")
    assert contact_of(scope, request) == (("user_id", "u1"),)


def test_who_withdrew_needs_no_answer(asked, scope):
    request = decide.cancel(scope, asked("u1"), actor="user:1")
    assert contact_of(scope, request) == ()
    assert not Contact.objects.exists()


def test_a_link_says_since_when_it_is_out(asked, scope):
    request = asked()
    verify.make_link(scope, request, actor="user:1")
    request.refresh_from_db()
    assert timezone.now() - request.link_made_at < dt.timedelta(minutes=1)
