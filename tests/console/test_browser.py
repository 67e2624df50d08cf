"""In a real browser: every kind of page passes axe, fits a telephone, and the shop works by keyboard and pointer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import axe_playwright_python
import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from tenants import audit
from tenants.db import tenant_connection
from tenants.keys import create_key
from tenants.models import Tenant

from ..walks.waiting import CHROMIUM, FLAGS
from .conftest import PASSWORD, fill, make_staff, pages

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1400, "height": 900}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread, which makes Django refuse plain queries.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()
        # Inside the loop Django sees connections of its own, which nobody else would close.
        connections.close_all()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(committed: None, tenant: Tenant) -> Iterator[SimpleNamespace]:
    """Alpha with data, an owner and a shop window, served on its own host."""
    tenant.settings = {
        "shop": True,
        "shop_publishable_key": create_key(tenant=tenant, kind="publishable", name="s")[1],
    }
    tenant.save()
    rows = fill(tenant)
    make_staff(tenant, "owner")
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield SimpleNamespace(url=f"http://alpha.localhost:{server.port}", rows=rows)
    server.terminate()


def open_page(
    browser: Browser, site: SimpleNamespace, size: dict[str, int], theme: str
) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport=size, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(10_000)
    return context, page


def sign_in(page: Page, site: SimpleNamespace) -> None:
    page.goto(f"{site.url}/admin/login/")
    page.fill("#id_username", "owner")
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_url(f"{site.url}/admin/")


def findings(page: Page) -> list[str]:
    """Serious and critical findings of axe, and whether the page is wider than its window."""
    page.evaluate(AXE)
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    found = [
        f"{v['id']}: {v['nodes'][0]['html'][:120]}"
        for v in result["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
        found.append("wider than the window")
    return found


@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (PHONE, "dark")])
def test_the_console_passes_axe(browser, site, size, theme):
    context, page = open_page(browser, site, size, theme)
    page.goto(f"{site.url}/admin/login/")
    found = {"login": findings(page)}
    sign_in(page, site)
    for name in (
        "today",
        "shopper",
        "items",
        "rule",
        "new rule",
        "decisions",
        "decision",
        "model",
        "events",
        "retention",
        "dead letters",
        "dead letter",
        "letter job",
        "arrival rules",
        "tracking plan",
        "planned event",
        "new planned event",
        "event imports",
        "new event import",
        "event import",
        "finished event import",
        "keys",
        "journeys",
        "new journey",
        "journey",
        "canvas",
        "template",
        "messages",
        "message",
        "inbox",
        "inbox letter",
        "experiments",
        "new experiment",
        "experiment",
        "edit experiment",
        "new metric",
        "layers",
        "sending",
        "destinations",
        "destination",
        "new destination",
    ):
        page.goto(site.url + pages(site.rows)[name])
        found[name] = findings(page)
    context.close()
    assert {name: list_ for name, list_ in found.items() if list_} == {}


def test_a_list_on_a_telephone_names_its_columns_in_the_main_part(browser, site, tenant):
    with tenant_connection(tenant.schema_name):
        audit.record("rule changed", "rule:1", "user:1")
    context, page = open_page(browser, site, PHONE, "light")
    sign_in(page, site)
    for address, label in (("workspace/auditrecord/", "When"), ("catalog/item/", None)):
        page.goto(f"{site.url}/admin/{address}")
        assert page.locator("[role=main] #result_list").count() == 1
        labels = (
            page.locator("tr.data-row >> nth=0")
            .locator("[data-label]")
            .evaluate_all("all => all.map(one => [one.dataset.label, Boolean(one.querySelector('input'))])")
        )
        assert label is None or labels[0] == [label, False]
        assert all(box for said, box in labels if said == "Select record")
    context.close()


@pytest.mark.parametrize(("size", "theme"), [(DESK, "dark"), (PHONE, "light")])
def test_the_shop_passes_axe(browser, site, size, theme):
    context, page = open_page(browser, site, size, theme)
    found = {}
    for name, address in (("home", ""), ("search", "search/?q=milk"), ("item", "item/m1/")):
        page.goto(f"{site.url}/shop/{address}")
        page.wait_for_selector(".cards[aria-busy=false]")
        found[name] = findings(page)
    page.click("#switch")
    page.wait_for_selector(".people li")
    found["shoppers"] = findings(page)
    context.close()
    assert {name: list_ for name, list_ in found.items() if list_} == {}


def test_a_shopper_is_chosen_and_what_they_buy_reaches_the_api(browser, site):
    context, page = open_page(browser, site, DESK, "light")
    page.goto(f"{site.url}/shop/")
    page.click("#switch")
    page.fill("#find", "42")
    page.wait_for_selector(".people li button")
    with page.expect_request("**/api/v1/recommendations?*") as asked:
        page.click(".people li button")
    assert asked.value.headers["x-shopper-token"]
    page.wait_for_selector(".card [data-act=buy]")
    with page.expect_response("**/v1/track") as sent:
        page.click(".card >> nth=0 >> [data-act=buy]")
    event = sent.value.request.post_data_json
    assert (sent.value.status, event["event"], event["userId"]) == (200, "Order Completed", "42")
    page.click(".card >> nth=0 >> [data-act=why]")
    page.wait_for_selector("#why .why-item")
    context.close()


def test_slow_suggestions_do_not_take_the_place_of_who_was_looked_for(browser, site):
    context, page = open_page(browser, site, DESK, "light")
    page.goto(f"{site.url}/shop/")
    held = []

    def suggestions_wait(route):
        if route.request.url.endswith("?q="):
            held.append(route)
        else:
            route.continue_()

    page.route("**/shop/shoppers/**", suggestions_wait)
    page.click("#switch")
    page.wait_for_function("document.querySelector('#shoppers').open")
    page.fill("#find", "42")
    page.wait_for_selector(".people li button[value='42']")
    assert held, "the suggestions were never asked for"
    for route in held:
        with suppress(Error):  # the page may have given it up
            route.fulfill(body="<ul class=people><li><button value=7>7</button></li></ul>")
    page.wait_for_timeout(300)
    assert page.locator(".people li button").evaluate_all("all => all.map(one => one.value)") == ["42"]
    context.close()


def test_the_rule_form_counts_while_one_types(browser, site):
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(site.url + pages(site.rows)["new rule"])
    page.fill("#id_categories_search", "bread")
    page.wait_for_selector("#id_categories_list [role=option]")
    page.press("#id_categories_search", "Enter")
    page.wait_for_function("document.querySelector('#rule-matches').innerText.includes('1 item')")
    assert "Rye bread" in page.inner_text("#rule-matches")
    context.close()


def test_the_menu_opens_by_keyboard_on_a_telephone(browser, site):
    context, page = open_page(browser, site, PHONE, "light")
    sign_in(page, site)
    page.focus("button[aria-label='Show or hide the menu'] >> visible=true")
    page.keyboard.press("Enter")
    page.wait_for_selector("#nav-sidebar a:has-text('Decisions') >> visible=true")
    context.close()
