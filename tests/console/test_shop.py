"""The shop window plays the merchant's site, only where it is switched on."""

from __future__ import annotations

import pytest
from django.test import Client

from tenants.models import Tenant
from tenants.tokens import verified_user_id


@pytest.fixture
def browser(tenant: Tenant) -> Client:
    tenant.settings = {"shop": True, "shop_publishable_key": "pk_alpha_x"}
    tenant.save()
    return Client(headers={"host": "alpha.localhost"})


def test_it_is_not_there_unless_the_tenant_has_it(tenant):
    browser = Client(headers={"host": "alpha.localhost"})
    for page in ("", "search/", "category/?in=Dairy", "item/m1/", "shoppers/"):
        assert browser.get(f"/shop/{page}").status_code == 404


def test_a_visitor_gets_no_token(browser, filled):
    config = browser.get("/shop/").context["config"]
    assert (config["key"], config["user_id"], config["token"]) == ("pk_alpha_x", None, None)


def test_choosing_a_shopper_signs_a_token_for_nobody_else(browser, filled, tenant):
    assert browser.post("/shop/choose/", {"user_id": "42", "next": "/shop/"}).status_code == 302
    config = browser.get("/shop/").context["config"]
    assert verified_user_id(tenant.pk, config["token"]) == "42"
    assert browser.post("/shop/choose/", {"user_id": "43"}).status_code == 404


def test_it_leads_nowhere_but_into_the_shop(browser, filled):
    answer = browser.post("/shop/choose/", {"user_id": "42", "next": "https://evil.example/"})
    assert answer.url == "/shop/"


def test_shoppers_are_found_with_their_story(browser, filled):
    assert "1 basket" in browser.get("/shop/shoppers/").content.decode()
    assert "Nobody has exactly this user id" in browser.get("/shop/shoppers/?q=4").content.decode()


@pytest.mark.parametrize(
    ("page", "titles"),
    [
        ("search/?q=milk", ["Whole milk"]),
        ("search/?q=b1", ["Rye bread"]),
        ("search/?q=", []),
        ("category/?in=Bakery", ["Rye bread"]),
        ("category/?in=Bak", []),
    ],
)
def test_search_and_departments(page, titles, browser, filled):
    shown = browser.get(f"/shop/{page}").context["page"]
    assert [item.title for item in shown] == titles


def test_the_drawer_tells_why(browser, filled):
    answer = browser.get(f"/shop/why/{filled.decision.pk}/?item=m1").content.decode()
    assert "You buy this about every week" in answer
    assert "Boost: Dairy week" in answer
    assert browser.get("/shop/why/00000000-0000-0000-0000-000000000001/").status_code == 404


def test_a_tile_is_drawn_for_any_category(browser):
    answer = browser.get("/shop/tile.svg?category=%3Cscript%3E")
    assert answer["Content-Type"] == "image/svg+xml"
    assert b"<script" not in answer.content
