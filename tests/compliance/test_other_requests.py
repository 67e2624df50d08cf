"""Whoever is erased has no other request left open, and no export is made beside an erasure."""

import datetime as dt

import orjson
import pytest
from django.utils import timezone

from compliance.models import Bundle, Receipt, SubjectRequest
from compliance.requests import callbacks, decide, perform, verify
from compliance.requests.subject import open_subject

from .conftest import track

pytestmark = pytest.mark.usefixtures("db", "inside")
OTHERS = "Other requests of the person"


@pytest.fixture
def lives(send):
    for user in ("u1", "u2"):
        send(
            {"type": "identify", "userId": user, "traits": {"email": f"{user}@shop.example"}},
            track(user, anonymousId=f"a-{user}"),
        )


@pytest.mark.parametrize("kind", ["access", "rectification", "objection"])
def test_an_open_one_is_closed_and_names_nobody(lives, asked, performed, scope, kind):
    other = asked("a-u1", kind=kind, identity="anonymous_id")
    erased = performed("u1")
    other.refresh_from_db()
    assert (other.status, other.outcome, open_subject(scope, other)) == ("completed", "nothing_held", None)
    assert other.state_in_words == "Person erased meanwhile"
    assert "erased meanwhile" in callbacks.document(scope, other)["notice"]
    assert erased.state_in_words == "Erased"
    stores = orjson.loads(Receipt.objects.get(request=erased).document)["stores"]
    assert {part["name"]: part["erased"] for part in stores}[OTHERS] == 1


def test_that_of_somebody_with_the_same_address_stays(lives, send, asked, scope, officers):
    for user in ("u1", "u2"):
        send({"type": "identify", "userId": user, "traits": {"email": "both@shop.example"}})
    other, erasure = asked("u2", kind="access"), asked("u1")
    verify.verify_by_hand(scope, erasure, method="document", note="passport seen", actor="user:0")
    for officer in officers:
        decide.approve(scope, erasure, officer, apart=True)
    assert perform.perform(scope, erasure.pk)
    other.refresh_from_db()
    assert other.status == "received"


def test_an_export_that_was_being_made_is_not_kept(lives, approved, scope, settings, monkeypatch):
    access, erasure = approved("u1", kind="access"), approved("u1")
    really = perform.export._zipped

    def meanwhile(*args):
        monkeypatch.setattr(perform.export, "_zipped", really)
        assert perform.perform(scope, erasure.pk)
        return really(*args)

    monkeypatch.setattr(perform.export, "_zipped", meanwhile)
    assert perform.perform(scope, access.pk)
    access.refresh_from_db()
    assert (access.status, access.outcome) == ("completed", "nothing_held")
    assert not Bundle.objects.exists()
    assert not [file for file in settings.EXPORT_ROOT.rglob("*") if file.is_file()]


def test_what_nobody_verified_is_closed_after_a_while(asked, scope, settings):
    old, new = asked("u1"), asked("u2")
    SubjectRequest.objects.filter(pk=old.pk).update(
        received_at=timezone.now() - dt.timedelta(days=settings.SUBJECT_UNVERIFIED_DAYS)
    )
    assert decide.close_unverified(scope) == 1
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, old.closing_reason, open_subject(scope, old)) == ("rejected", "unverified", None)
    assert new.status == "received"


def test_one_whose_link_was_just_made_waits(asked, scope, settings):
    old = asked("u1")
    SubjectRequest.objects.filter(pk=old.pk).update(
        received_at=timezone.now() - dt.timedelta(days=settings.SUBJECT_UNVERIFIED_DAYS),
        status="verifying",
        link_made_at=timezone.now(),
    )
    assert decide.close_unverified(scope) == 0
