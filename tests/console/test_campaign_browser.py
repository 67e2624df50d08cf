"""The pages of campaigns in a real browser."""

from __future__ import annotations

import pytest

from .conftest import pages
from .test_browser import CHROMIUM, DESK, PHONE, browser, findings, open_page, sign_in, site  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (PHONE, "dark")])
def test_the_pages_of_campaigns_pass_axe(browser, site, size, theme):  # noqa: F811
    context, page = open_page(browser, site, size, theme)
    sign_in(page, site)
    found = {}
    for name in ("campaigns", "campaign", "new campaign", "edit campaign", "running campaign"):
        page.goto(site.url + pages(site.rows)[name])
        if "campaign" in name:
            page.wait_for_load_state("networkidle")
        found[name] = findings(page)
    context.close()
    assert {name: list_ for name, list_ in found.items() if list_} == {}


def test_the_time_is_asked_for_when_it_is_for_later(browser, site):  # noqa: F811
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(site.url + pages(site.rows)["new campaign"])
    assert not page.is_visible("#id_day")
    page.check("input[name=when][value=later]")
    page.wait_for_selector("#id_day >> visible=true")
    page.fill("#id_name", "Spring")
    page.select_option("#id_segment", index=1)
    page.select_option("#id_template", index=1)
    page.click("text=Save and review")
    page.wait_for_selector("text=Say on which day.")
    page.check("input[name=when][value=now]")
    page.click("text=Save and review")
    page.wait_for_selector("text=Before you start")
    context.close()
