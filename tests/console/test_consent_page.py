"""Privacy → Consent: figures, and a tenant's own reading of consent."""

from __future__ import annotations

import pytest

from compliance.consent import Choice, allowed
from profiles.consent_settings import apply_default
from profiles.consents import set_consent
from profiles.models import Profile
from tenants import epochs
from tenants.db import tenant_connection
from tenants.keyring import scope_of_tenant
from tenants.workspace.models import AuditRecord

PAGE = "/admin/consent/"
USUAL = {
    "default-analytics": "on",
    "default-personalisation": "on",
    "gpc": ["personalisation", "marketing:web", "marketing:webhook"],
    "categories": "",
}


def settings(tenant) -> dict:
    tenant.refresh_from_db()
    return tenant.settings["consent"]


def test_figures(console, filled, tenant) -> None:
    set_consent(scope_of_tenant(tenant), filled.shopper.pk, [Choice("marketing", "email", True)], actor="t")
    text = console("marketer").get(PAGE).content.decode()
    assert "1 yes · 0 no · 0 silent" in text
    assert "0 yes · 0 no · 1 silent" in text


def test_settings_are_saved_and_understood(console, tenant) -> None:
    lines = "Newsletter = marketing:email, marketing:sms\n\nShop = personalisation"
    answer = console("compliance officer").post(PAGE, {**USUAL, "categories": lines, "gpc": ["analytics"]})
    assert answer.status_code == 302
    assert settings(tenant) == {
        "defaults": {"analytics": True, "personalisation": True, "marketing": False},
        "categories": {"Newsletter": ["marketing:email", "marketing:sms"], "Shop": ["personalisation"]},
        "gpc": ["analytics"],
    }
    with tenant_connection(tenant.schema_name):
        assert AuditRecord.objects.filter(action="consent settings changed").count() == 1
    assert "Newsletter = marketing:email, marketing:sms" in console("owner").get(PAGE).content.decode()


def test_saving_the_same_again_changes_nothing(console, tenant) -> None:
    owner = console("owner")
    owner.post(PAGE, USUAL)
    owner.post(PAGE, USUAL)
    with tenant_connection(tenant.schema_name):
        assert AuditRecord.objects.filter(action="consent settings changed").count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"categories": "Newsletter"}, "Line 1: write"),
        ({"categories": "\n= analytics"}, "Line 2: write"),
        ({"categories": "News = fax"}, "no purpose"),
        ({"categories": "News = marketing:fax"}, "no channel"),
        ({"gpc": ["everything"]}, "no purpose"),
    ],
)
def test_what_is_wrong_is_said_and_kept_to_be_mended(console, tenant, change, said) -> None:
    answer = console("owner").post(PAGE, {**USUAL, **change})
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert change.get("categories", "").strip() in answer.content.decode()
    tenant.refresh_from_db()
    assert "consent" not in tenant.settings


def test_a_marketer_reads_and_does_not_write(console) -> None:
    marketer = console("marketer")
    assert "owners and compliance officers change them" in marketer.get(PAGE).content.decode()
    assert marketer.post(PAGE, USUAL).status_code == 403


def test_asking_first_is_followed_by_those_who_said_nothing(
    console, filled, tenant, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    scope = scope_of_tenant(tenant)
    set_consent(scope, ("user_id", "said yes"), [Choice("personalisation", granted=True)], actor="t")
    monkeypatch.setattr(
        "profiles.tasks.follow_consent_default.apply_async", lambda args: apply_default(*args)
    )
    with tenant_connection(tenant.schema_name):
        before = epochs.current(tenant.schema_name).get("consent", 0)
    without = {k: v for k, v in USUAL.items() if k != "default-personalisation"}
    with django_capture_on_commit_callbacks(execute=True):
        console("owner").post(PAGE, without)
    with tenant_connection(tenant.schema_name):
        flags = dict(Profile.objects.values_list("pk", "consent_personalisation"))
        assert flags.pop(filled.shopper.pk) is False
        assert set(flags.values()) == {True}
        assert allowed(tenant.schema_name, [filled.shopper.pk], "personalisation") == set()
        assert epochs.current(tenant.schema_name)["consent"] == before + 1
        assert apply_default(tenant.schema_name) == 0
    set_consent(scope, ("user_id", "new"), [Choice("analytics", granted=True)], actor="t")
    with tenant_connection(tenant.schema_name):
        assert Profile.objects.latest("pk").consent_personalisation is False
