"""The builder of computed traits, and events and traits in the segment builder, in a real browser."""

from __future__ import annotations

import os

import pytest

from profiles.models import ComputedTrait, Segment
from tenants.db import tenant_connection

from .conftest import pages
from .test_browser import CHROMIUM, DESK, PHONE, browser, findings, open_page, sign_in, site  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


def shot(page, name):
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_trait_is_built_tried_on_shoppers_and_saved(browser, site, tenant):  # noqa: F811
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(site.url + pages(site.rows)["computed traits"])
    shot(page, "list")
    page.goto(site.url + pages(site.rows)["new computed trait"])
    page.wait_for_selector("text=Say which event.")
    page.fill("#trait-name", "Last bakery")
    page.select_option("[aria-label='Where from']", "bought")
    page.select_option("[aria-label='Function']", "most_frequent")
    page.fill("[aria-label='Property']", "category")
    page.wait_for_selector("#trait-result >> text=1")
    page.wait_for_selector("#trait-result >> text=Most frequent category of an item bought.")
    page.click("text=Only with certain properties…")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Property"
    page.keyboard.type("category")
    page.fill("[aria-label='Values, separated by commas']", "Bread, Milk")
    page.keyboard.press("Tab")
    page.wait_for_selector("#trait-result >> text=where category is Bread or Milk")
    shot(page, "builder")
    page.click("button:has-text('Save')")
    page.wait_for_selector("text=It is being computed of everybody")
    shot(page, "saved")
    with tenant_connection(tenant.schema_name):
        made = ComputedTrait.objects.get(key="last_bakery")
    assert made.definition == {
        "source": "act", "function": "most_frequent", "property": "category",
        "where": [{"property": "category", "values": ["Bread", "Milk"]}],
    }  # fmt: skip
    context.close()


def test_a_segment_asks_for_an_event_and_a_trait(browser, site, tenant):  # noqa: F811
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(site.url + pages(site.rows)["new segment"])
    page.fill("#seg-name", "App sharers")
    page.select_option(".seg-add select", label="Any event – By its name and properties, how often")
    page.wait_for_function("document.activeElement.getAttribute('aria-label') === 'Event'")
    page.keyboard.type("Wishlist Shared")
    page.fill("[aria-label='How many']", "2")
    page.click("text=Only with certain properties…")
    page.wait_for_function("document.activeElement.matches('input:not([aria-label=\"How many\"])')")
    page.keyboard.type("channel")
    page.fill("[aria-label='Values, separated by commas']", "app")
    page.keyboard.press("Tab")
    page.wait_for_selector(
        "#segment-size >> text=Did “Wishlist Shared” with channel is app at least 2 times in the last 30 days."
    )
    page.select_option(".seg-add select", label="A computed trait – What you have computed of shoppers")
    page.wait_for_selector(".seg-condition.wrong >> text=Choose a computed trait.")
    page.select_option("[aria-label='Computed trait']", "favourite_brand")
    page.click(".seg-values .picker input")
    page.wait_for_selector(".seg-values [role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#segment-size >> text=and favourite brand is Valley.")
    shot(page, "segment")
    page.click("button:has-text('Undo')")
    page.wait_for_selector("#segment-size >> text=2 times in the last 30 days and")
    page.click(".seg-values .picker input")
    page.keyboard.type("Valley")
    page.wait_for_selector(".seg-values [role=option]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#segment-size >> text=and favourite brand is Valley.")
    page.click("text=Save and go live")
    page.wait_for_selector(".pill:has-text('Live')")
    shot(page, "segment-live")
    with tenant_connection(tenant.schema_name):
        made = Segment.objects.get(key="app-sharers").definition["of"]
    assert made[0]["where"] == [{"property": "channel", "op": "is", "values": ["app"]}]
    assert (made[1]["trait"], made[1]["op"], made[1]["values"]) == ("favourite_brand", "is", ["Valley"])
    context.close()


@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (PHONE, "dark")])
def test_the_builders_pass_axe(browser, site, size, theme):  # noqa: F811
    context, page = open_page(browser, site, size, theme)
    sign_in(page, site)
    page.goto(site.url + pages(site.rows)["new computed trait"] + "?from=4")
    page.wait_for_selector("#trait-result >> text=Order Completed")
    page.click("text=Only with certain properties…")
    found = {"trait": findings(page)}
    shot(page, f"trait-{theme}")
    page.goto(site.url + pages(site.rows)["new segment"])
    page.select_option(".seg-add select", "1")
    page.click("text=Only with certain properties…")
    page.select_option(".seg-add select", "2")
    page.wait_for_selector(".seg-condition.wrong >> nth=1")
    found["segment"] = findings(page)
    shot(page, f"segment-{theme}")
    context.close()
    assert {name: list_ for name, list_ in found.items() if list_} == {}
