"""In a real browser: a file is chosen, described, checked and imported."""

from __future__ import annotations

from profiles.imports.models import Import
from profiles.imports.run import run_turn
from tenants import keyring
from tenants.db import tenant_connection

from .test_browser import DESK, PHONE, browser, findings, open_page, pytestmark, sign_in, site

__all__ = ["browser", "pytestmark", "site"]

FILE = "client;what;when;sku;price\n" + "".join(
    f"u{n % 7};view;{n % 27 + 1:02}.03.2025 10:00;m1;1,{n:02}\n" for n in range(60)
)


def work(tenant, seconds=5.0):
    with tenant_connection(tenant.schema_name):
        while run_turn(keyring.scope_of_tenant(tenant), seconds) == "more":
            pass


def test_a_file_becomes_events(browser, site, tenant, monkeypatch):
    monkeypatch.setattr("profiles.imports.tasks.hint", lambda schema: None)
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(f"{site.url}/admin/profiles/import/add/")
    page.set_input_files(
        "#imp-file", {"name": "views.csv", "mimeType": "text/csv", "buffer": FILE.encode("utf-8-sig")}
    )
    page.wait_for_url("**/change/")
    assert "Say which column is the user id" in page.inner_text("main, [role=main]")
    page.select_option("label:has-text('client') + select", "user_id")
    page.select_option("label:has-text('what') + select", "event")
    page.select_option("label:has-text('when') + select", "timestamp")
    page.click("button[name=_check]")
    page.wait_for_selector("#import-progress")
    work(tenant)
    page.wait_for_selector("text=Import 60 events")
    assert "Product Viewed" in page.inner_text(".bars")
    assert findings(page) == []
    page.click("text=Import 60 events")
    page.wait_for_selector("text=Pause")
    work(tenant)
    page.wait_for_selector("text=Everything is in")
    with tenant_connection(tenant.schema_name):
        assert Import.objects.latest("pk").taken == 60
    context.close()


def test_a_refused_file_is_said_where_it_was_chosen(browser, site):
    context, page = open_page(browser, site, PHONE, "dark")
    sign_in(page, site)
    page.goto(f"{site.url}/admin/profiles/import/add/")
    page.set_input_files(
        "#imp-file", {"name": "book.xlsx", "mimeType": "application/zip", "buffer": b"PK\x03\x04rest"}
    )
    page.wait_for_selector("[role=alert]:has-text('Excel')")
    assert page.locator("#imp-file").is_visible()
    assert findings(page) == []
    context.close()


def test_a_file_is_fetched_from_an_address(browser, site, tenant, monkeypatch):
    monkeypatch.setattr("profiles.imports.tasks.hint_fetch", lambda schema: None)
    for shape, theme in ((PHONE, "dark"), (DESK, "light")):
        context, page = open_page(browser, site, shape, theme)
        sign_in(page, site)
        page.goto(f"{site.url}/admin/profiles/import/add/")
        page.check("input[name=way][value=bucket]")
        page.wait_for_selector("#id_bucket_access_key")
        assert not page.locator("#imp-file").is_visible()
        assert findings(page) == []
        page.check("input[name=way][value=web]")
        page.fill("#id_web_url", "https://files.example/2025/orders.csv?sig=abc")
        assert findings(page) == []
        page.click("text=Fetch the file")
        page.wait_for_selector("text=Fetching the file; nothing is taken")
        assert "sig=abc" not in page.content()
        assert findings(page) == []
        page.click("text=Pause")
        page.wait_for_selector("button:has-text('Resume')")
        context.close()
