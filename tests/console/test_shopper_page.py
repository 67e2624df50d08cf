"""The page of one shopper, and how staff find it."""

from __future__ import annotations

from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

from .conftest import pages


def test_a_marketer_reads_who_it_is_and_that_is_recorded(console, filled, tenant):
    answer = console("marketer").get(pages(filled)["shopper"])
    assert [identity.value for identity in answer.context["identities"]] == ["42"]
    with tenant_connection(tenant.schema_name):
        record = AuditRecord.objects.get(action="personal data viewed")
    assert record.target == f"profile:{filled.shopper.uuid}"


def test_an_analyst_sees_a_pseudonym_only(console, filled):
    answer = console("analyst").get(pages(filled)["shopper"])
    assert answer.context["identities"] == []
    assert answer.context["name"] == f"Shopper {str(filled.shopper.uuid)[:8]}"


def test_the_timeline_groups_an_order(console, filled):
    (day,) = console("owner").get(pages(filled)["shopper"]).context["life"].days
    (visit,) = day.visits
    assert (visit.heading, round(visit.total, 2)) == ("Order of 2 items", 8.99)
    assert {line.title for line in visit.lines} == {"Whole milk", "Rye bread"}


def test_a_shopper_is_found_by_the_exact_user_id(console, filled):
    owner = console("owner")
    found = owner.get("/admin/profiles/profile/?q=42").context["cl"].result_list
    assert [profile.shown_name for profile in found] == ["42"]
    assert not owner.get("/admin/profiles/profile/?q=4").context["cl"].result_list


def test_a_developer_does_not_see_what_shoppers_did(console, filled):
    assert console("developer").get(pages(filled)["shopper"]).context["life"] is None
