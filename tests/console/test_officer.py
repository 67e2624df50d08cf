"""The compliance officer's day, in a real browser: a request by API, verified, approved by two, erased, proven."""

from __future__ import annotations

import uuid
from types import SimpleNamespace

import pytest
from django.test import Client

from compliance.tasks import work_requests
from profiles.models import Profile
from tenants.db import tenant_connection
from tenants.keys import create_key
from tenants.models import Tenant

from .conftest import PASSWORD, make_staff
from .test_browser import CHROMIUM, DESK, PHONE, browser, findings, open_page, site  # noqa: F401  # fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]
LIST = "/admin/compliance/subjectrequest/"


def sign_in_as(page, site: SimpleNamespace, name: str) -> None:  # noqa: F811
    page.context.clear_cookies()
    page.goto(f"{site.url}/admin/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_load_state()


def post(key: str, path: str, body: dict) -> dict:
    head = {"authorization": f"Bearer {key}"}
    return Client(headers=head).post(path, body, content_type="application/json").json()


def test_an_officer_erases_a_person_with_proof(browser, site, tenant: Tenant, settings, tmp_path):  # noqa: F811
    settings.LOG_DIR, settings.ARTEFACT_ROOT = tmp_path / "log", tmp_path / "artefacts"
    make_staff(tenant, "compliance officer")
    key = create_key(tenant=tenant, kind="secret", name="platform")[1]
    number = str(uuid.uuid4())
    taken = post(
        key,
        "/v1/opendsr/requests",
        {
            "regulation": "gdpr",
            "subject_request_id": number,
            "subject_request_type": "erasure",
            "subject_identities": [{"identity_type": "controller_customer_id", "identity_value": "42"}],
            "submitted_time": "2026-10-02T15:00:00Z",
        },
    )
    assert taken["subject_request_id"] == number

    context, page = open_page(browser, site, DESK, "light")
    sign_in_as(page, site, "compliance")
    assert page.url == site.url + LIST
    assert "29 days left" in page.inner_text("#result_list") or "30 days left" in page.inner_text(
        "#result_list"
    )
    found = {"queue": findings(page)}
    page.click("#result_list a:has-text('Erasure')")
    found["request"] = findings(page)
    page.fill("#checked", "Called back under the number on file.")
    page.click("button[name=verify]")
    assert "What was viewed and bought" in page.inner_text("section[aria-labelledby=held]")
    page.click("button[name=approve]")
    assert "You have approved it" in page.inner_text("section[aria-labelledby=approval]")
    assert page.locator("button[name=approve]").count() == 0

    sign_in_as(page, site, "owner")
    page.goto(f"{site.url}{LIST}{number}/change/")
    page.click("button[name=approve]")
    page.wait_for_selector("#progress")
    found["running"] = findings(page)
    work_requests(schema_name=tenant.schema_name)
    page.wait_for_selector(".receipt-card")
    assert "0 hits" in page.inner_text("#progress")
    found["erased"] = findings(page)
    page.click("text=Verify the receipt")
    assert "Genuine" in page.inner_text("[role=status]")
    found["receipt"] = findings(page)

    file = page.evaluate('fetch(location.href + ".json").then((answer) => answer.text())')
    page.goto(f"{site.url}/receipts/")
    page.fill("#text", file.replace('"remaining": 0', '"remaining": 1', 1))
    page.click("button:has-text('Check')")
    assert "Not genuine" in page.inner_text("[role=status]")
    found["changed"] = findings(page)
    context.close()

    late = post(
        key, "/v1/track", {"userId": "42", "event": "Product Viewed", "properties": {"product_id": "m1"}}
    )
    assert (late["accepted"], late["suppressed"]) == (0, 1)
    with tenant_connection(tenant.schema_name):
        assert not Profile.objects.exists()
    assert {name: list_ for name, list_ in found.items() if list_} == {}


def test_a_request_is_recorded_on_a_telephone(browser, site, tenant: Tenant):  # noqa: F811
    make_staff(tenant, "compliance officer")
    context, page = open_page(browser, site, PHONE, "dark")
    sign_in_as(page, site, "compliance")
    found = {"empty": findings(page)}
    page.goto(f"{site.url}{LIST}add/")
    found["new"] = findings(page)
    page.click("button:has-text('Record')")
    assert "Say whom the request is about" in page.inner_text("[role=alert]")
    page.select_option("#id_kind", "access")
    page.fill("#id_value_0", "42")
    page.click("button:has-text('Record')")
    page.click("button[name=link]")
    link = page.inner_text("#verify-link")
    found["request"] = findings(page)
    page.goto(link)
    found["link"] = findings(page)
    page.click("button:has-text('Yes, it was me')")
    assert "confirmed" in page.inner_text("[role=status]")
    context.close()
    assert {name: list_ for name, list_ in found.items() if list_} == {}
