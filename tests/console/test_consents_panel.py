"""Consents on the shopper's page: what holds, what was said, and a word that reached staff another way."""

from __future__ import annotations

import pytest

from compliance.consent import Choice, allowed
from compliance.models import ConsentRecord
from profiles.consents import set_consent
from tenants.db import tenant_connection
from tenants.keyring import scope_of_tenant
from tenants.workspace.models import AuditRecord


@pytest.fixture
def page(filled) -> str:
    return f"/admin/profiles/profile/{filled.shopper.pk}/change/"


@pytest.fixture
def address(filled) -> str:
    return f"/admin/shoppers/{filled.shopper.pk}/consent/"


def word(granted: str = "no", purpose: str = "personalisation", channel: str = "", heard: str = "telephone"):
    return {"granted": granted, "purpose": purpose, "channel": channel, "heard": heard}


def test_nothing_said_shows_the_defaults(console, page) -> None:
    text = console("compliance officer").get(page).content.decode()
    assert "nothing said, the default holds" in text
    assert "The shopper has said nothing yet" in text


def test_a_word_shows_with_who_brought_it_and_which_text(console, page, filled, tenant) -> None:
    scope = scope_of_tenant(tenant)
    yes = Choice("marketing", "email", True, source="checkout", text_version="autumn 2")
    set_consent(scope, filled.shopper.pk, [yes], actor="shopper")
    text = console("owner").get(page).content.decode()
    for said in ("Marketing: E-mail", "checkout", "text autumn 2"):
        assert said in text


def test_an_officer_withdraws_and_it_holds_at_once(console, address, filled, tenant) -> None:
    officer = console("compliance officer")
    answer = officer.post(address, word())
    assert "It holds from now on" in answer.content.decode()
    assert "by telephone" in answer.content.decode()
    with tenant_connection(tenant.schema_name):
        assert allowed(tenant.schema_name, [filled.shopper.pk], "personalisation") == set()
        filled.shopper.refresh_from_db()
        assert filled.shopper.consent_personalisation is False
        record = AuditRecord.objects.get(action="consent changed")
        assert record.details == {"said": ["personalisation refused (console: telephone)"]}
        assert record.actor.startswith("user:")
        assert ConsentRecord.objects.get().actor == record.actor
    assert "That was known already" in officer.post(address, word()).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [word(heard="telepathy"), word(granted="perhaps"), word(purpose="fun"), word(channel="email"), {}],
)
def test_what_is_no_word_is_not_taken(console, address, wrong, tenant) -> None:
    assert console("owner").post(address, wrong).status_code == 404
    with tenant_connection(tenant.schema_name):
        assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize("role", ["marketer", "analyst", "developer"])
def test_others_change_nothing(console, address, role) -> None:
    assert console(role).post(address, word()).status_code == 403


def test_who_may_not_see_consents_sees_no_panel(console, page) -> None:
    assert 'id="consent-panel"' not in console("developer").get(page).content.decode()
    marketer = console("marketer").get(page).content.decode()
    assert 'id="consent-panel"' in marketer
    assert "How did the shopper say so?" not in marketer


def test_a_shopper_of_nobody(console, filled) -> None:
    assert console("owner").post("/admin/shoppers/999999/consent/", word()).status_code == 404
