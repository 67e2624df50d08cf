"""The compliance officer's day, in a real browser: a request by API, verified, approved by two, erased, proven."""

from __future__ import annotations

import pytest
from django.test import Client

from compliance.tasks import work_requests
from profiles.models import Profile
from tenants.db import tenant_connection
from tenants.keys import create_key
from tenants.models import Tenant
from tests.walks.officer import LIST, Officer, erasure_request

from .conftest import PASSWORD, make_staff
from .test_browser import CHROMIUM, DESK, PHONE, browser, findings, open_page, site  # noqa: F401  # fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


def post(key: str, path: str, body: dict) -> dict:
    head = {"authorization": f"Bearer {key}"}
    return Client(headers=head).post(path, body, content_type="application/json").json()


def test_an_officer_erases_a_person_with_proof(browser, site, tenant: Tenant, settings, tmp_path):  # noqa: F811
    settings.LOG_DIR, settings.ARTEFACT_ROOT = tmp_path / "log", tmp_path / "artefacts"
    make_staff(tenant, "compliance officer")
    key = create_key(tenant=tenant, kind="secret", name="platform")[1]
    asked = erasure_request("42")
    number = asked["subject_request_id"]
    assert post(key, "/v1/opendsr/requests", asked)["subject_request_id"] == number

    context, page = open_page(browser, site, DESK, "light")
    officer = Officer(page, site.url)
    officer.sign_in("compliance", PASSWORD)
    assert page.url == site.url + LIST
    queue = page.inner_text("#result_list")
    assert "30 days left" in queue or "29 days left" in queue  # midnight may pass
    found = {"queue": findings(page)}
    page.click("#result_list a:has-text('Erasure')")
    found["request"] = findings(page)
    officer.verify("contact", "Called back under the number on file.")
    assert "What was viewed and bought" in officer.held()
    officer.approve()
    assert "You have approved this request already" in officer.approval()
    assert page.locator("button[name=approve]").count() == 0

    officer.sign_in("owner", PASSWORD)
    officer.open_request(number)
    officer.approve()
    page.wait_for_selector("#progress")
    found["running"] = findings(page)
    work_requests(schema_name=tenant.schema_name)
    assert "0 hits" in officer.wait_for_receipt()
    found["erased"] = findings(page)
    assert "Genuine" in officer.verify_receipt()
    found["receipt"] = findings(page)

    assert "Not genuine" in officer.check(
        officer.receipt_file().replace('"remaining": 0', '"remaining": 1', 1)
    )
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
    Officer(page, site.url).sign_in("compliance", PASSWORD)
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
    assert "signed in as staff" in page.inner_text("[role=alert]")
    found["staff"] = findings(page)
    context.close()
    context, page = open_page(browser, site, PHONE, "dark")
    page.goto(link)
    found["link"] = findings(page)
    page.click("button:has-text('Yes, it was me')")
    assert "confirmed" in page.inner_text("[role=status]")
    context.close()
    assert {name: list_ for name, list_ in found.items() if list_} == {}
