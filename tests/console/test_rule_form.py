"""Rules are filled in with words, previewed, and change every answer at once."""

from __future__ import annotations

import pytest

from recommendations.models import Rule
from tenants import epochs
from tenants.db import tenant_connection

ADD = "/admin/recommendations/rule/add/"
FORM = {
    "name": "Milk first", "action": "pin", "position": "1", "weight": "2", "enabled": "on", "placement": "",
    "item_ids": "", "categories": "", "brands": "", "price_min": "", "price_max": "",
    "starts_at_0": "", "starts_at_1": "", "ends_at_0": "", "ends_at_1": "",
}  # fmt: skip


def test_a_rule_is_saved_as_what_it_matches(console, filled, tenant):
    form = {**FORM, "action": "boost", "categories": "Dairy\nBakery > Bread", "price_max": "5"}
    assert console("marketer").post(ADD, form).status_code == 302
    with tenant_connection(tenant.schema_name):
        rule = Rule.objects.get(name="Milk first")
        assert rule.match == {"categories": ["Dairy", "Bakery > Bread"], "price_max": 5.0}
        assert rule.created_by.username == "marketer"
        assert epochs.current(tenant.schema_name)["rules"] == 1


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "Say what the rule is about"),
        ({"item_ids": "m1\nnowhere"}, "has no item nowhere"),
        ({"categories": "Dairy"}, "A pin needs the items"),
        ({"action": "boost", "brands": "Valley", "weight": "1"}, "above 1"),
        ({"action": "bury", "brands": "Valley", "price_min": "5", "price_max": "2"}, "below “Price from”"),
        (
            {"action": "bury", "brands": "Valley", "starts_at_0": "2026-05-02", "starts_at_1": "10:00",
             "ends_at_0": "2026-05-01", "ends_at_1": "10:00"},
            "before the start",
        ),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_a_reason(fields, complaint, console, filled):
    answer = console("marketer").post(ADD, {**FORM, **fields})
    assert answer.status_code == 200
    assert complaint in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"categories": "dairy"}, 1),
        ({"categories": "Dair"}, 0),
        ({"brands": "valley"}, 3),
        ({"brands": "Valley", "price_min": "3.50", "price_max": "19"}, 2),
        ({"item_ids": "m1", "categories": "Bakery"}, 0),
        ({}, 0),
    ],
)
def test_the_preview_counts_what_the_form_matches(fields, count, console, filled):
    answer = console("marketer").post("/admin/recommendations/rule/preview/", {**FORM, "name": "", **fields})
    assert answer.context["count"] == count


def test_categories_are_found_on_every_level(console, filled):
    browser = console("marketer")
    found = browser.get("/admin/recommendations/rule/find/category/?q=bread").json()["results"]
    assert [row["value"] for row in found] == ["Bakery > Bread"]
    found = browser.get("/admin/recommendations/rule/find/category/?q=dai").json()["results"]
    assert [row["value"] for row in found] == ["Dairy"]


def test_who_may_not_see_rules_gets_neither_preview_nor_suggestions(console, filled):
    officer = console("compliance officer")
    assert officer.post("/admin/recommendations/rule/preview/", FORM).status_code == 403
    assert officer.get("/admin/recommendations/rule/find/item/?q=milk").status_code == 403
