"""“Why this?” tells what a trace holds, and survives one that holds little."""

from __future__ import annotations

import pytest
from django.utils import timezone

from recommendations.admin.decision_view import story
from recommendations.models import Decision
from tenants.db import tenant_connection

from .conftest import TRACE, pages


def test_rows_have_titles_sources_and_what_moved_them(filled, inside):
    told = story(TRACE)
    assert [(row.title, row.source, row.gained, row.lost) for row in told.rows] == [
        ("Whole milk", "Buys again", 2, 0),
        ("Rye bread", "Bought together", 0, 1),
    ]
    assert told.rows[0].chips == [{"label": "Boost: Dairy week", "tone": "accent"}]
    assert [(row.title, row.reason) for row in told.dropped] == [("Dark rum", "Only from 21 years")]
    assert (told.total_ms, [stage["share"] for stage in told.stages]) == (6.0, [0.25, 0.75])


@pytest.mark.parametrize(
    "trace",
    [
        {},
        {"items": [{}], "dropped": [{}], "stages": [{}], "candidates": {}},
        {"items": [{"item_id": "gone"}]},
    ],
)
def test_a_trace_with_gaps_is_shown_all_the_same(trace, console, tenant):
    with tenant_connection(tenant.schema_name):
        decision = Decision.objects.create(at=timezone.now(), placement="home", trace=trace)
    assert console("owner").get(f"/admin/recommendations/decision/{decision.pk}/change/").status_code == 200


def test_decisions_of_a_shopper_are_found_by_user_id(console, filled):
    owner = console("owner")
    assert len(owner.get("/admin/recommendations/decision/?q=42").context["cl"].result_list) == 1
    assert not owner.get("/admin/recommendations/decision/?q=43").context["cl"].result_list


def test_the_page_names_the_shopper_for_who_may_know(console, filled):
    address = pages(filled)["decision"]
    assert console("marketer").get(address).context["profile_name"] == "42"
    assert console("analyst").get(address).context["profile_name"].startswith("Shopper ")
