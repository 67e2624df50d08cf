"""The segment builder in a real browser, by keyboard and pointer."""

from __future__ import annotations

import orjson
import pytest
from playwright.sync_api import expect

from profiles.models import Segment
from tenants.db import tenant_connection

from .conftest import pages
from .test_browser import CHROMIUM, DESK, PHONE, browser, findings, open_page, sign_in, site  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


def test_a_segment_is_built_counted_undone_and_saved(browser, site, tenant):  # noqa: F811
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(site.url + pages(site.rows)["new segment"])
    page.fill("#seg-name", "Bread buyers")
    page.focus(".seg-add select")
    page.keyboard.press("Home")
    page.select_option(".seg-add select", "0")
    # The new condition has the focus: its act is next to hand.
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "What they did"
    page.wait_for_function("document.querySelector('#segment-size').innerText.includes('shopper')")
    page.click("text=Only certain items…")
    page.fill(".seg-filters .picker input >> nth=0", "bread")
    page.wait_for_selector(".seg-filters [role=option]")
    page.press(".seg-filters .picker input >> nth=0", "Enter")
    page.wait_for_function("document.querySelector('#segment-size').innerText.includes('Bread')")
    page.click("text=Add a group")
    page.select_option(".seg-group .seg-group .seg-add select", "7")
    page.wait_for_selector(".seg-condition.wrong >> text=Choose a segment.")
    page.click("button:has-text('Undo')")
    page.click("button:has-text('Undo')")
    page.wait_for_selector(".seg-group .seg-group", state="detached")
    page.click("text=Save and go live")
    page.wait_for_selector(".pill:has-text('Live')")
    with tenant_connection(tenant.schema_name):
        made = Segment.objects.get(key="bread-buyers")
    [condition] = made.definition["of"]
    assert (condition["act"], condition["categories"]) == ("bought", ["Bakery > Bread"])
    context.close()


def test_days_taken_out_to_write_others_do_not_become_ever(browser, site):  # noqa: F811
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(site.url + pages(site.rows)["new segment"])
    page.select_option(".seg-add select", "0")
    page.wait_for_function("document.querySelector('#segment-size').innerText.includes('shopper')")
    page.fill("[aria-label='Days']", "")
    page.wait_for_selector(".seg-condition.wrong >> text=Take a number of at least 1.")
    page.keyboard.type("45")
    page.wait_for_selector("#segment-size >> text=in the last 45 days")
    page.click("button:has-text('Undo')")
    page.goto(site.url + pages(site.rows)["new computed trait"])
    page.click("text=Purchases in 90 days")
    page.wait_for_selector("#trait-result >> text=in the last 90 days")
    page.fill("[aria-label='Days']", "")
    page.wait_for_selector("#trait-result >> text=at least 1")
    page.keyboard.type("45")
    page.wait_for_selector("#trait-result >> text=in the last 45 days")
    context.close()


def test_what_was_stored_is_shown_as_it_is(browser, site, tenant):  # noqa: F811
    definition = {"type": "any", "of": [
        {"type": "act", "act": "spent", "op": ">=", "value": 20, "days": None},
        {"type": "not", "of": [{"type": "feature", "feature": "gender", "op": "is", "values": ["female"]}]},
        {"type": "consent", "purpose": "marketing", "channel": "sms", "granted": False},
        {"type": "seen", "which": "first", "op": "before", "days": 12},
    ]}  # fmt: skip
    with tenant_connection(tenant.schema_name):
        site.rows.segment.definition = definition
        site.rows.segment.save()
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(site.url + pages(site.rows)["segment"])
    page.wait_for_selector(".seg-condition")
    page.wait_for_timeout(200)
    now = orjson.loads(page.input_value("[name=definition]"))
    shown = [
        {key: part[key] for key in stored} for part, stored in zip(now["of"], definition["of"], strict=True)
    ]
    assert shown[0] | shown[2] | shown[3] == definition["of"][0] | definition["of"][2] | definition["of"][3]
    assert now["of"][1]["of"][0]["values"] == ["female"]
    expect(page.locator("button:has-text('Undo')")).to_be_disabled()
    chosen = page.eval_on_selector_all(".seg-fields select", "all => all.map(s => s.selectedOptions[0].text)")
    assert chosen == [
        "Spent", "at least", "ever", "Gender", "is one of", "Did not agree to", "marketing", "SMS", "First seen", "more than",
    ]  # fmt: skip
    context.close()


@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (PHONE, "dark")])
def test_the_pages_of_segments_pass_axe(browser, site, size, theme):  # noqa: F811
    context, page = open_page(browser, site, size, theme)
    sign_in(page, site)
    found = {}
    for name in ("segments", "segment", "new segment", "segment members", "segment days"):
        page.goto(site.url + pages(site.rows)[name])
        if "segment" in name and name != "segments":
            page.wait_for_load_state("networkidle") if name == "new segment" else page.wait_for_timeout(600)
        found[name] = findings(page)
    page.goto(site.url + pages(site.rows)["new segment"] + "?from=lapsing-regulars")
    page.wait_for_selector(".seg-condition")
    page.select_option(".seg-add select", "3")
    page.click("text=Add a group")
    page.select_option(".seg-group .seg-group .seg-add select", "7")
    page.wait_for_selector(".seg-condition.wrong")
    found["builder"] = findings(page)
    context.close()
    assert {name: list_ for name, list_ in found.items() if list_} == {}


def test_a_group_is_copied_and_keys_undo_and_redo(browser, site):  # noqa: F811
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(site.url + pages(site.rows)["new segment"])
    page.click("text=Add a group")
    page.select_option(".seg-group .seg-group .seg-add select", "1")
    page.fill(".seg-group .seg-group .seg-event", "Order Placed")
    page.get_by_label("Copy this group").click()
    expect(page.locator(".seg-group .seg-group")).to_have_count(2)
    tree = orjson.loads(page.input_value("[name=definition]"))
    assert tree["of"][0] == tree["of"][1]
    # The copy has the focus, and is a group of its own.
    page.locator(".seg-group .seg-group .seg-event").nth(1).fill("Order Returned")
    page.locator(".seg-combine").first.focus()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.locator(".seg-group .seg-group")).to_have_count(1)
    page.keyboard.press("Control+Shift+z")
    page.get_by_role("button", name="Redo").click()
    expect(page.locator(".seg-group .seg-group .seg-event").nth(1)).to_have_value("Order Returned")
    expect(page.locator(".seg-group .seg-group .seg-event").nth(0)).to_have_value("Order Placed")
    context.close()
