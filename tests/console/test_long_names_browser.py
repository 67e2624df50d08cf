"""A name without end leaves the other columns in sight, and times tell events of the same minute apart."""

from __future__ import annotations

import re

import pytest

from .test_browser import CHROMIUM, browser, open_page, sign_in, site  # noqa: F401
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
