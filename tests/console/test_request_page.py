"""The page of a request: each button where it works, and otherwise why not."""

from __future__ import annotations

import pytest

from compliance.models import SubjectRequest
from compliance.requests import decide, receive, verify
from tenants import keyring
from tenants.db import tenant_connection
from tenants.workspace.models import User

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def request_of(tenant, console):
    """`request_of(kind)`: (client of the officer, address, the request), recorded by the system."""

    def make(kind: str = "erasure", **fields):
        officer = console("compliance officer")
        with tenant_connection(tenant.schema_name):
            found = receive.receive(
                keyring.scope_of_tenant(tenant),
                kind=kind,
                identities=[("user_id", "u1")],
                **{"actor": "system", **fields},
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
