"""A bad event arrives, becomes a dead letter, is mended, sent again and counted; then a hundred of them at once."""

from __future__ import annotations

import orjson
import pytest
from django.test import Client

from profiles.dead_letters import jobs
from profiles.models import DeadLetter, Event
from profiles.processing.batches import run_once
from tenants import keyring
from tenants.db import tenant_connection
from tenants.keys import create_key

from .test_browser import CHROMIUM, DESK, browser, open_page, sign_in, site  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


@pytest.fixture
def arrive(tenant):
    """`arrive(event, …)` posts them to the door and returns its answer."""
    key = create_key(tenant=tenant, kind="secret", name="shop")[1]

    def post(*events):
        answer = Client(headers={"authorization": f"Bearer {key}"}).post(
            "/v1/batch", orjson.dumps({"batch": events}), content_type="application/json"
        )
        return answer.json()

    return post


@pytest.fixture
def worker(tenant):
    scope = keyring.scope_of_tenant(tenant)

    def work():
        with tenant_connection(tenant.schema_name):
            while jobs.run_turn(scope):
                pass
            while run_once(scope):
                pass

    return work


def counted(tenant):
    with tenant_connection(tenant.schema_name):
        return Event.objects.filter(profile_id__isnull=False).count()


def test_one_and_then_many(browser, site, tenant, arrive, worker):  # noqa: F811
    with tenant_connection(tenant.schema_name):
        DeadLetter.objects.all().delete()
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    assert (
        arrive({"type": "track", "userId": "u1", "messageId": "one", "properties": {"price": 3}})["accepted"]
        == 0
    )

    page.goto(f"{site.url}/admin/profiles/deadletter/")
    page.get_by_role("link", name="Has no name").first.click()
    page.get_by_role("link", name="Has no name", exact=True).click()
    page.get_by_text("It would be refused again.").wait_for()
    page.fill("#payload", '{"type": "track", "userId": "u1", "messageId": "one", "event": "Product Viewed"')
    page.get_by_text("This is no JSON yet").wait_for()
    page.fill("#payload", '{"type": "track", "userId": "u1", "messageId": "one", "event": "Product Viewed"}')
    page.get_by_text("It would be taken.").wait_for()
    page.get_by_role("button", name="Send again").click()
    page.get_by_text("The event was taken").wait_for()
    worker()
    assert counted(tenant) == 1

    wrong = [
        {"type": "track", "userId": f"u{n}", "messageId": f"m{n}", "evnt": "Product Viewed", "properties": {}}
        for n in range(30)
    ]
    arrive(*wrong)
    page.goto(f"{site.url}/admin/profiles/deadletter/?reason=missing_event_name")
    page.locator("#action-toggle").click()
    page.get_by_text("Select all 30").click()
    page.select_option("select[name=action]", "mend_many")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("textbox", name="Field").fill("evnt")
    page.get_by_role("textbox", name="New name").fill("event")
    page.locator(".letter-example .pill.good").nth(2).wait_for()
    page.get_by_role("button", name="Mend 30 and send them again").click()
    page.get_by_role("heading", name="Under way").wait_for()
    worker()
    page.get_by_text("30 letters mended, sent again and taken").wait_for()
    assert counted(tenant) == 31
    context.close()
