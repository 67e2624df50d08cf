"""The identity page on a phone, with a history to read."""

from __future__ import annotations

import pytest

from profiles.identity.models import IdentityChange
from tenants.db import tenant_connection

from .conftest import pages
from .test_browser import CHROMIUM, PHONE, browser, findings, open_page, sign_in, site  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


def test_a_wide_history_does_not_widen_the_page(browser, site, tenant):  # noqa: F811
    shopper = site.rows.shopper.pk
    with tenant_connection(tenant.schema_name):
        IdentityChange.objects.create(
            what=IdentityChange.What.UNMERGED,
            kept_id=shopper,
            other_id=shopper,
            actor="staff:1",
            why="Separated because the household shares one address",
            facts={"names": 1, "events": 1234, "interactions": 1},
        )
    context, page = open_page(browser, site, PHONE, "dark")
    sign_in(page, site)
    page.goto(site.url + pages(site.rows)["shopper's identity"])
    page.wait_for_selector("text=1,234 events, 1 act")
    assert not findings(page)
    context.close()
