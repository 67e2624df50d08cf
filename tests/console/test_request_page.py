"""The page of a request: each button where it works, and otherwise why not."""

from __future__ import annotations

import re

import pytest

from compliance.models import SubjectRequest
from compliance.requests import decide, perform, receive, verify
from profiles.history import import_traits
from profiles.selectors import find_profile
from tenants import keyring
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord, User

from .conftest import known_shopper

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def request_of(tenant, console):
    """`request_of(kind)`: (client of the officer, address, the request), recorded by the system."""
    officer = console("compliance officer")

    def make(kind: str = "erasure", **fields):
        with tenant_connection(tenant.schema_name):
            found = receive.receive(
                keyring.scope_of_tenant(tenant),
                kind=kind,
                **{"actor": "system", "identities": [("user_id", "u1")], **fields},
            )
        return officer, f"/admin/compliance/subjectrequest/{found.pk}/change/", found

    return make


def test_who_verified_sees_why_they_can_not_approve_and_no_button(request_of) -> None:
    officer, page, _ = request_of("access")
    officer.post(page, {"verify": "", "method": "account", "note": "signed in"})
    text = officer.get(page).content.decode()
    assert "You verified the person yourself" in text
    assert 'name="approve"' not in text


def test_an_approved_rectification_waits_for_staff(request_of, tenant) -> None:
    officer, page, found = request_of("rectification")
    scope = keyring.scope_of_tenant(tenant)
    with tenant_connection(tenant.schema_name):
        verify.verify_by_hand(scope, found, method="account", note="signed in", actor="user:0")
        boss = User.objects.create_superuser("boss", "boss@staff.example", "correct horse battery")
        decide.approve(scope, found, boss)
    text = officer.get(page).content.decode()
    assert "Being carried out" not in text
    assert all(f'name="{button}"' in text for button in ("done", "reject", "extend"))
    assert "The request is completed" in officer.post(page, {"done": ""}, follow=True).content.decode()


def test_done_is_refused_for_what_nobody_verified(request_of, tenant) -> None:
    officer, page, found = request_of("erasure")
    text = officer.post(page, {"done": ""}, follow=True).content.decode()
    assert "The request is completed" not in text
    assert "Only a rectification is completed by hand" in text
    with tenant_connection(tenant.schema_name):
        assert SubjectRequest.objects.get(pk=found.pk).status == "received"


def test_a_long_note_comes_back_to_be_shortened(request_of) -> None:
    officer, page, _ = request_of()
    text = officer.post(page, {"add_note": "", "note": "long " * 500}).content.decode()
    assert "2,000 characters" in text
    assert "long long" in text


def test_a_closed_request_is_answered_and_then_forgotten(request_of) -> None:
    officer, page, found = request_of("access")
    officer.post(page, {"reject": "", "reason": "unfounded"})
    text = officer.get(page).content.decode()
    assert "Answer them" in text
    assert "<dd>u1</dd>" in text
    assert "asked with, not verified" in text
    queue = "/admin/compliance/subjectrequest/?state=answer"
    assert str(found) in officer.get(queue).content.decode()
    officer.post(page, {"answered": ""})
    text = officer.get(page).content.decode()
    assert "u1</dd>" not in text
    assert "Its key is destroyed" in text
    assert str(found) not in officer.get(queue).content.decode()


def test_the_link_stays_until_a_newer_one_replaces_it(request_of) -> None:
    officer, page, _ = request_of("access")
    officer.post(page, {"link": ""})
    first = re.findall(r"/privacy/verify/[^<]+", officer.get(page).content.decode())
    text = officer.get(page).content.decode()
    assert re.findall(r"/privacy/verify/[^<]+", text) == first != []
    assert "A link is out since" in text
    officer.post(page, {"link": ""})
    assert re.findall(r"/privacy/verify/[^<]+", officer.get(page).content.decode()) != first


def test_sibling_requests_are_shown(request_of) -> None:
    _, _, erasure = request_of("erasure")
    officer, page, _ = request_of("access")
    text = officer.get(page).content.decode()
    assert "Other requests of this person" in text
    assert str(erasure) in text


def test_a_shared_address_is_shown_masked_and_asked_about(request_of, tenant) -> None:
    scope = keyring.scope_of_tenant(tenant)
    with tenant_connection(tenant.schema_name):
        import_traits(scope, {user: {"email": "ada@shop.example"} for user in ("u1", "u2")})
    officer, page, _ = request_of("access")
    text = officer.get(page).content.decode()
    assert "a…@shop.example" in text
    assert "said by an import" in text
    assert "1 other shopper has it too" in text
    assert "1 other shopper has an address of this person" in text
    assert 'name="mail"' not in text
    assert "Another shopper has this e-mail address too" in text
    with tenant_connection(tenant.schema_name):
        theirs = find_profile(scope, "user_id", "u2")
    assert theirs
    assert f'href="/admin/profiles/profile/{theirs.pk}/change/"' in text
    joined = officer.post(page, {"join": ""}, follow=True).content.decode()
    assert "These names lead to 2 different shoppers" in joined
    assert "1 other shopper" not in joined
    assert "verify the person anew" in joined
    assert 'name="mail"' not in joined


def test_the_other_shopper_may_be_somebody_else(request_of, tenant) -> None:
    scope = keyring.scope_of_tenant(tenant)
    with tenant_connection(tenant.schema_name):
        import_traits(scope, {user: {"phone": "+44 20 7946 0958"} for user in ("u1", "u2")})
    officer, page, found = request_of("access")
    with tenant_connection(tenant.schema_name):
        verify.verify_by_hand(scope, found, method="account", note="signed in", actor="user:0")
    assert 'name="apart" required' in officer.get(page).content.decode()
    assert "1 other shopper has" in officer.post(page, {"approve": ""}, follow=True).content.decode()
    said = officer.post(page, {"keep_apart": ""}, follow=True).content.decode()
    assert "1 other shopper with the same address is somebody else" in said
    assert 'name="apart"' not in said
    assert "Approved." in officer.post(page, {"approve": ""}, follow=True).content.decode()


def test_a_tick_at_the_approval_says_somebody_else_as_well(request_of, tenant) -> None:
    scope = keyring.scope_of_tenant(tenant)
    with tenant_connection(tenant.schema_name):
        import_traits(scope, {user: {"phone": "+44 20 7946 0958"} for user in ("u1", "u2")})
    officer, page, found = request_of("access")
    with tenant_connection(tenant.schema_name):
        verify.verify_by_hand(scope, found, method="account", note="signed in", actor="user:0")
    assert "Approved." in officer.post(page, {"approve": "", "apart": "on"}, follow=True).content.decode()


def test_a_mailed_link_is_shown_to_nobody_here(request_of, tenant) -> None:
    scope = keyring.scope_of_tenant(tenant)
    with tenant_connection(tenant.schema_name):
        import_traits(scope, {"u1": {"email": "ada@shop.example"}})
    officer, page, _ = request_of("access")
    officer.post(page, {"link": ""})
    text = officer.post(page, {"mail": ""}, follow=True).content.decode()
    assert "on its way to a…@shop.example" in text
    assert "A link was mailed to a…@shop.example at" in text
    assert "/privacy/verify/" not in text


def test_a_note_says_what_it_lost(request_of) -> None:
    officer, page, _ = request_of("access")
    assert "numbers in it are replaced" in officer.get(page).content.decode()
    note = {"add_note": "", "note": "Rang +44 20 7946 0958, wrote to a@shop.example and b@shop.example."}
    text = officer.post(page, note, follow=True).content.decode()
    assert "1 phone number and 2 e-mail addresses were replaced." in text
    assert (
        "replaced."
        not in officer.post(page, {"add_note": "", "note": "They wait."}, follow=True).content.decode()
    )


def test_the_note_of_a_new_request_says_what_it_lost(console) -> None:
    officer = console("compliance officer")
    asked = {"kind": "access", "regulation": "gdpr", "asked_on": "2026-01-02", "value_0": "u1"}
    note = {"note": "Passport C01X00T47 was shown."}
    text = officer.post("/admin/compliance/subjectrequest/add/", {**asked, **note}, follow=True)
    assert "1 number of a document was replaced." in text.content.decode()


def test_who_is_erased_is_accepted_again_for_a_reason(
    request_of, tenant, settings, monkeypatch, tmp_path
) -> None:
    settings.LOG_DIR, settings.ARTEFACT_ROOT = tmp_path / "log", tmp_path / "artefacts"
    monkeypatch.setattr("compliance.erasure.run.time.sleep", lambda seconds: None)
    scope = keyring.scope_of_tenant(tenant)
    with tenant_connection(tenant.schema_name):
        known_shopper(tenant, "u1")
    officer, page, found = request_of("erasure")
    with tenant_connection(tenant.schema_name):
        verify.verify_by_hand(scope, found, method="account", note="signed in", actor="user:0")
        for name in ("boss", "chief"):
            boss = User.objects.create_superuser(name, f"{name}@staff.example", "correct horse battery")
            decide.approve(scope, found, boss)
        assert perform.perform(scope, found.pk)
    text = officer.get(page).content.decode()
    assert "Events that come late are refused." in text
    assert 'name="reason" required' in text
    assert (
        "Tick that you are sure"
        in officer.post(page, {"accept_again": "", "reason": "customer"}, follow=True).content.decode()
    )
    sure = {"accept_again": "", "sure": "on"}
    assert "Say why" in officer.post(page, sure, follow=True).content.decode()
    text = officer.post(page, {**sure, "reason": "customer"}, follow=True).content.decode()
    assert "Events that come late are refused" not in text
    assert "accepted again (They are a customer again)" in text
    with tenant_connection(tenant.schema_name):
        record = AuditRecord.objects.get(action="erased person accepted again")
    assert record.details["reason"] == "customer"


def test_two_shoppers_are_approved_with_a_tick(request_of, tenant) -> None:
    scope = keyring.scope_of_tenant(tenant)
    with tenant_connection(tenant.schema_name):
        for user in ("u1", "u2"):
            known_shopper(tenant, user)
    officer, page, found = request_of("access", identities=[("user_id", "u1"), ("user_id", "u2")])
    with tenant_connection(tenant.schema_name):
        verify.verify_by_hand(scope, found, method="account", note="signed in", actor="user:0")
    text = officer.get(page).content.decode()
    assert "These names lead to 2 different shoppers" in text
    assert 'name="several" required' in text
    assert "2 different shoppers" in officer.post(page, {"approve": ""}, follow=True).content.decode()
    assert "Approved." in officer.post(page, {"approve": "", "several": "on"}, follow=True).content.decode()
