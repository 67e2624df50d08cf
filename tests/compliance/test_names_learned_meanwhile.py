"""Names that a person gets while their erasure is under way are refused and erased with the others."""

import pytest
from django.db import transaction
from django.utils import timezone

from compliance.erasure import run
from compliance.models import SubjectRequest
from compliance.requests import perform
from profiles.models import Identifier, Profile
from profiles.selectors import find_profile
from tenants import vault
from tenants.crypto import blind_index, seal

from .conftest import track

pytestmark = pytest.mark.usefixtures("db", "inside")
NOW = timezone.now()
NEW = {
    "type": "identify",
    "userId": "u1",
    "anonymousId": "a-new",
    "traits": {"email": "new@shop.example"},
}


@pytest.fixture
def waits(send, approved):
    send(track("u1", anonymousId="a-old"))
    return approved("u1")


def refused(send):
    by_id = send(track(None, anonymousId="a-new")).json()["suppressed"]
    by_address = send(track(None, anonymousId="new@shop.example")).json()["suppressed"]
    return by_id, by_address


def test_between_two_attempts(waits, send, scope, monkeypatch):
    really = run.plan.held

    def away(person):
        raise ConnectionError("Valkey is away")

    monkeypatch.setattr(run.plan, "held", away)
    assert not perform.perform(scope, waits.pk)
    monkeypatch.setattr(run.plan, "held", really)
    send(NEW)
    assert perform.perform(scope, waits.pk)
    assert refused(send) == (1, 1)
    assert not Profile.objects.exists()


def test_while_those_who_write_are_waited_for(waits, send, scope, monkeypatch):
    really, written = run._wait_for_writers, []

    def slow_batch():
        if not written:  # it looked before the names were refused, and ends only now
            written.append(True)
            profile = find_profile(scope, "user_id", "u1")
            late_identifier(scope, profile)
        really()

    monkeypatch.setattr(run, "_wait_for_writers", slow_batch)
    assert perform.perform(scope, waits.pk)
    assert not Identifier.objects.exists()
    assert send(track(None, anonymousId="a-new")).json()["suppressed"] == 1


def test_while_it_is_looked_for_again(waits, send, scope, monkeypatch):
    really, written = run.rescan.rescan, []

    def late(scope, request, step, person):
        if not written:
            written.append(True)
            late_identifier(
                scope, Profile.objects.create(unit=b"u" * 16, first_seen_at=NOW, last_seen_at=NOW), known=True
            )
        really(scope, request, step, person)

    monkeypatch.setattr(run.rescan, "rescan", late)
    assert perform.perform(scope, waits.pk), SubjectRequest.objects.get().trouble
    assert not Profile.objects.exists()
    assert send(track(None, anonymousId="a-new")).json()["suppressed"] == 1


def late_identifier(scope, profile, known=False):
    names = [("anonymous_id", "a-new")] + ([("user_id", "u1")] if known else [])
    with transaction.atomic():
        for kind, value in names:
            blind = blind_index(scope.tenant_id, kind, value)
            key = vault.person_keys(scope.tenant_id, [blind])[blind]
            Identifier.objects.create(
                profile=profile, kind=kind, blind=blind, value_sealed=seal(key, value.encode())
            )
