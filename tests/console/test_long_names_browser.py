"""A name without end leaves the other columns in sight, and times tell events of the same minute apart."""

from __future__ import annotations

import re

import pytest

from profiles.plan import services
from tenants import keyring
from tenants.db import tenant_connection

from .test_browser import CHROMIUM, PHONE, browser, open_page, sign_in, site  # noqa: F401
from .test_letters_browser import arrive, worker  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


@pytest.mark.parametrize("address", ["/admin/events/", "/admin/tracking-plan/"])
def test_the_table_fits(browser, site, arrive, worker, address):  # noqa: F811
    context, page = open_page(browser, site, {"width": 1280, "height": 900}, "light")
    sign_in(page, site)
    assert arrive({"type": "track", "userId": "u1", "event": "e" * 2000})["accepted"] == 1
    worker()
    page.goto(site.url + address)
    page.locator("td", has_text="eeee").first.wait_for()
    table = page.locator(".table-wrap").first
    assert table.evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    if address == "/admin/events/":
        assert re.search(r":\d\d:\d\d", page.locator("#live-rows time").first.inner_text())
    context.close()


def test_a_planned_name_without_end_leaves_a_telephone_its_width(browser, site, tenant):  # noqa: F811
    """In the list, and in the history that names it."""
    event = {
        "type": "track",
        "name": "e" * 80,
        "description": "",
        "violations": None,
        "schema": {"type": "object"},
    }
    with tenant_connection(tenant.schema_name):
        services.put_event(keyring.scope_of_tenant(tenant), event, actor="user:1")
    context, page = open_page(browser, site, PHONE, "light")
    sign_in(page, site)
    page.goto(f"{site.url}/admin/tracking-plan/")
    page.locator(".plan-history", has_text="eeee").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
    context.close()
