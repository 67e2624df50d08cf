"""The marketer's first journey in a real browser, from the template to the goal: a cart is left, a message with live
recommendations arrives, its link is followed, the order counts."""

from __future__ import annotations

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
from tests.walks.marketer import Marketer
from tests.walks.shopper import Shopper

from .conftest import PASSWORD, make_staff
from .test_browser import DESK, browser, open_page, pytestmark, site

__all__ = ["browser", "pytestmark", "site"]


@pytest.fixture
def household(site, tenant: Tenant, api, secret_key, settings, monkeypatch) -> str:
    """A shopper with an e-mail address who agreed to messages; links in messages lead to this very server."""
    settings.PUBLIC_URL = site.url
    # The test is the worker.
    monkeypatch.setattr("profiles.ingest.door.hint", lambda schema: None)
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
    marketer = Marketer(page, site.url)
    marketer.sign_in("marketer", PASSWORD)

    journey = marketer.start_from_template("Abandoned cart")
    marketer.wait_a_second_only()
    marketer.try_on(household)
    expect(marketer.read_what_would_be_sent().locator("body")).to_contain_text("Ada")
    marketer.publish()

    shopper = Shopper(context.new_page(), site.url)
    shopper.become(household)
    shopper.leave_in_cart()
    arrived = InboxMessage.objects.filter(message_id__isnull=False, profile_id__isnull=False)
    work_until(tenant, shopper.page, arrived.exclude(key=site.rows.inbox_letter.key).exists)

    # The message is in the inbox, for this shopper, with recommendations in it; its link leads to the shop.
    letter = marketer.read_letter()
    expect(page.locator(".mail-pane h2")).to_contain_text("Ada")
    expect(letter.locator("body")).to_contain_text("You may also like")
    landed = marketer.follow_link(letter)
    assert landed.url.startswith(f"{site.url}/shop/")

    Shopper(landed, site.url).buy()
    enrolments = Enrolment.objects.filter(journey_id=journey, goal_at__isnull=False)
    work_until(tenant, shopper.page, enrolments.exists)
    assert marketer.goals(journey) == 1
    page.click(".ways-list summary")
    expect(page.locator(".steps-taken")).to_contain_text("Send")
    page.goto(f"{site.url}/admin/journeys/message/")
    assert "Sent" in page.inner_text("#result_list")
    context.close()
