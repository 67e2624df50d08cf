"""The marketer's first journey in a real browser, from the template to the goal: a cart is left, a message with live
recommendations arrives, its link is followed, the order counts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from compliance.consent import Choice
from journeys.models import Enrolment, InboxMessage
from journeys.tasks import advance_journeys, deliver_messages
from profiles.consents import set_consent
from profiles.tasks import process_events
from tenants import keyring
from tenants.db import tenant_connection
from tenants.models import Tenant

from .conftest import PASSWORD, make_staff
from .test_browser import DESK, browser, open_page, pytestmark, site

__all__ = ["browser", "pytestmark", "site"]


@pytest.fixture
def household(site, tenant: Tenant, api, secret_key, settings, monkeypatch) -> str:
    """A shopper with an e-mail address who agreed to messages; links in messages lead to this very server."""
    settings.PUBLIC_URL = site.url
    # The test is the worker.
    monkeypatch.setattr("profiles.ingest.views.hint", lambda schema: None)
    api(secret_key).post(
        "/v1/identify",
        {"userId": "42", "traits": {"email": "ada@example.com", "first_name": "Ada"}},
        content_type="application/json",
    )
    work(tenant)
    choice = Choice("marketing", "email", granted=True, source="test")
    with tenant_connection(tenant.schema_name):
        set_consent(keyring.scope_of_tenant(tenant), ("user_id", "42"), [choice], actor="test")
    return "42"


def work(tenant: Tenant) -> None:
    """One round of the worker's tasks."""
    for task in (process_events, advance_journeys, deliver_messages, advance_journeys):
        task.run(tenant.schema_name)


def work_until(tenant: Tenant, page: Page, happened: Callable[[], bool]) -> None:
    """Workers go on until it has happened; the time limit only ends a broken run."""
    for _ in range(300):
        work(tenant)
        with tenant_connection(tenant.schema_name):
            if happened():
                return
        page.wait_for_timeout(100)
    raise AssertionError("it never happened")


def test_from_the_template_to_the_goal(browser, site, tenant, household):
    make_staff(tenant, "marketer")
    context, page = open_page(browser, site, DESK, "light")
    page.goto(f"{site.url}/admin/login/")
    page.fill("#id_username", "marketer")
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")

    # A template becomes a draft on the canvas.
    page.goto(f"{site.url}/admin/journeys/journey/")
    page.click("a.addlink")
    page.click("button[aria-label='Start with Abandoned cart']")
    page.wait_for_selector(".react-flow__node")
    journey_id = int(re.search(r"/journey/(\d+)/canvas/", page.url)[1])

    # An hour is long for a test: the wait becomes a second.
    page.click(".react-flow__node:has-text('1 hour')")
    page.select_option(".kind-duration select", "1")
    page.wait_for_selector(".react-flow__node:has-text('1 second')")
    page.wait_for_selector(".pill.good:has-text('Ready')")
    page.wait_for_function("document.querySelector('.saved.is-saved')")

    # Tried on the household: it enters, waits, and would be sent this very message.
    page.click(".toolbar [aria-label='Try it']")
    page.fill(".combo input", household)
    page.click(".combo-list li")
    page.click(".panel button:has-text('Run')")
    page.wait_for_selector(".happened li")
    expect(page.locator(".step.is-visited").first).to_be_visible()
    page.click("button:has-text('Read the message') >> nth=0")
    tried = page.frame_locator(".letter iframe")
    expect(tried.locator("body")).to_contain_text("Ada")
    page.click("#canvas [aria-label='Close try it']")

    # Published.
    page.click(".toolbar button:has-text('Publish')")
    page.click("dialog .btn-primary")
    page.wait_for_selector(".toolbar .pill:has-text('Live')")

    # The household leaves something in its cart.
    shop = context.new_page()
    shop.goto(f"{site.url}/shop/")
    shop.click("#switch")
    shop.fill("#find", household)
    shop.click(".people li button")
    with shop.expect_response("**/v1/track") as sent:
        shop.click(".card >> nth=0 >> [data-act=add]")
    assert sent.value.request.post_data_json["event"] == "Product Added"
    work_until(tenant, shop, InboxMessage.objects.filter(message_id__isnull=False, profile_id__isnull=False).exclude(
        key=site.rows.inbox_letter.key).exists)  # fmt: skip

    # The message is in the inbox, for this shopper, with recommendations in it.
    page.goto(f"{site.url}/admin/journeys/inboxmessage/")
    page.click(".mail-list a >> nth=0")
    expect(page.locator(".mail-pane h2")).to_contain_text("Ada")
    letter = page.frame_locator(".mail-pane iframe")
    expect(letter.locator("body")).to_contain_text("You may also like")
    link = letter.locator("a[href*='/m/c/']").last

    # Its link leads to the shop, and is counted.
    with context.expect_page() as opened:
        link.click()
    opened.value.wait_for_load_state()
    assert opened.value.url.startswith(f"{site.url}/shop/")

    # They buy: the goal is reached.
    with opened.value.expect_response("**/v1/track"):
        opened.value.click("[data-act=buy] >> nth=0")
    enrolments = Enrolment.objects.filter(journey_id=journey_id, goal_at__isnull=False)
    work_until(tenant, shop, enrolments.exists)
    page.goto(f"{site.url}/admin/journeys/journey/{journey_id}/change/")
    expect(page.locator(".figure:has-text('Reached the goal') dd >> nth=0")).to_have_text("1")
    page.click(".ways-list summary")
    expect(page.locator(".steps-taken")).to_contain_text("Send")
    page.goto(f"{site.url}/admin/journeys/message/")
    assert "Sent" in page.inner_text("#result_list")
    context.close()
