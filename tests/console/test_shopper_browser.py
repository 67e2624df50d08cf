"""In a real browser: a shopper's life is filtered and read on to its end, on a desk and on a telephone."""

from __future__ import annotations

import datetime as dt

from profiles.models import Interaction
from tenants.db import tenant_connection

from .conftest import pages
from .test_browser import DESK, PHONE, browser, findings, open_page, pytestmark, sign_in, site

__all__ = ["browser", "pytestmark", "site"]


def many_views(site, tenant, count):
    now = dt.datetime.now(dt.UTC)
    with tenant_connection(tenant.schema_name):
        Interaction.objects.bulk_create(
            Interaction(
                profile_id=site.rows.shopper.pk,
                item_id=site.rows.rum.pk,
                kind=1,
                at=now - dt.timedelta(days=1 + n // 20, minutes=n),
            )
            for n in range(count)
        )


def test_the_line_goes_on_as_one_reads(browser, site, tenant):
    many_views(site, tenant, 450)
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(site.url + pages(site.rows)["shopper"])
    assert "Acts a week" in page.inner_text(".shopper-head")
    first = page.locator(".life .day").count()
    for _ in range(6):
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(300)
    assert page.locator(".life .day").count() > first
    page.wait_for_function("!document.querySelector('.life .older')")
    page.evaluate("document.querySelectorAll('.life details').forEach(one => one.open = true)")
    assert page.locator(".life li:has-text('Dark rum')").count() == 450
    page.click(".life-parts >> text=Orders")
    page.wait_for_url("**show=orders")
    assert page.locator(".life .visit").count() == 1
    assert page.inner_text(".life-parts [aria-current]") == "Orders"
    page.click("text=Raw")
    page.wait_for_selector("pre:has-text('feature_ages')")
    context.close()


def test_it_fits_a_telephone_and_passes_axe_with_a_long_life(browser, site, tenant):
    many_views(site, tenant, 60)
    context, page = open_page(browser, site, PHONE, "dark")
    sign_in(page, site)
    page.goto(site.url + pages(site.rows)["shopper"])
    assert findings(page) == []
    context.close()


def test_a_shopper_is_found_by_their_id_and_opened_by_keyboard(browser, site):
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(f"{site.url}/admin/profiles/profile/?q=42")
    page.focus("#result_list a:has-text('42')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#life")
    context.close()
