"""The list of journeys and the page of one."""

from __future__ import annotations

import pytest
from django.utils import timezone

from journeys.models import Enrolment, Journey
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

from .conftest import pages


@pytest.fixture
def marketer(console, filled):
    return console("marketer")


def test_the_list_says_how_each_journey_does(marketer, filled):
    (row,) = marketer.get("/admin/journeys/journey/").context["cl"].result_list
    assert (row.figures.entered, row.figures.inside, row.figures.goal_rate) == (1, 0, 0.0)


def test_a_shoppers_way_is_told_step_by_step(marketer, filled):
    (row,) = marketer.get(pages(filled)["journey"]).context["rows"]
    assert row["name"] == "42"
    assert [(line["label"], line["step"].outcome) for line in row["steps"]] == [
        ("Event", "entered"),
        ("Delay", "waited"),
        ("Send", "sent"),
    ]


def test_an_analyst_reads_pseudonyms(console, filled):
    (row,) = console("analyst").get(pages(filled)["journey"]).context["rows"]
    assert row["name"] == f"Shopper {str(filled.shopper.uuid)[:8]}"


def test_the_orders_that_reached_the_goal_are_summed(marketer, filled, tenant):
    with tenant_connection(tenant.schema_name):
        Enrolment.objects.update(goal_at=timezone.now(), goal_value=1234.5)
    page = marketer.get(pages(filled)["journey"]).content.decode()
    assert "<small>USD</small> 1,23" in page


@pytest.mark.parametrize(
    ("who", "shown"), [("", 1), ("inside", 0), ("goal", 0), ("out", 1), ("failed", 0), ("x", 1)]
)
def test_shoppers_are_filtered(marketer, filled, who, shown):
    answer = marketer.get(pages(filled)["journey"] + f"?who={who}")
    assert len(answer.context["rows"]) == shown


def test_a_duplicate_is_a_draft_of_its_own(marketer, filled, tenant):
    answer = marketer.post(f"/admin/journeys/journey/{filled.journey.pk}/duplicate/")
    with tenant_connection(tenant.schema_name):
        copy = Journey.objects.exclude(pk=filled.journey.pk).get()
    assert answer.url.endswith(f"/{copy.pk}/canvas/")
    assert (copy.name, copy.status) == ("Abandoned cart (copy)", "draft")


def test_an_archived_journey_is_read_only(marketer, filled):
    marketer.post(f"/admin/journeys/journey/{filled.journey.pk}/archive/")
    found = marketer.get(f"/admin/journeys/journey/{filled.journey.pk}/canvas/state").json()
    assert (found["journey"]["status"], found["journey"]["may_change"]) == ("archived", False)


def test_a_journey_is_renamed_and_needs_a_name(marketer, filled, tenant):
    address = f"/admin/journeys/journey/{filled.journey.pk}/rename/"
    marketer.post(address, {"name": "Cart", "description": "Wins carts back"})
    marketer.post(address, {"name": " "})
    with tenant_connection(tenant.schema_name):
        assert Journey.objects.get().name == "Cart"
        assert AuditRecord.objects.filter(action="journey renamed").count() == 1


@pytest.mark.parametrize("verb", ["rename", "restrict", "archive", "pause", "resume", "duplicate"])
def test_an_analyst_may_do_nothing_here(console, filled, verb):
    assert console("analyst").post(f"/admin/journeys/journey/{filled.journey.pk}/{verb}/").status_code == 403


def test_the_panel_of_a_shopper_names_journeys_and_messages(marketer, filled):
    panels = marketer.get(pages(filled)["shopper"]).context["did"]
    (panel,) = [panel for panel in panels if "enrolments" in panel]
    assert [e.journey.name for e in panel["enrolments"]] == ["Abandoned cart"]
    assert "Your cart" in [row["name"] for row in panel["messages"]]


def test_today_names_the_journeys_that_run(marketer, filled):
    found = marketer.get("/admin/").context["journeys"]
    assert (found["running"], found["unknown"], found["journeys"][0]["entered"]) == (1, 1, 1)
