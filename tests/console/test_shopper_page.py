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


def test_how_often_a_profile_was_written_is_not_told_as_events(console, filled, tenant):
    with tenant_connection(tenant.schema_name):
        type(filled.shopper).objects.filter(pk=filled.shopper.pk).update(version=7777)
    answer = console("owner").get(pages(filled)["shopper"]).content.decode()
    assert "last seen" in answer
    assert "7,777" not in answer


def test_an_analyst_sees_a_pseudonym_only(console, filled):
    answer = console("analyst").get(pages(filled)["shopper"])
    assert answer.context["identities"] == []
    assert answer.context["name"] == f"Shopper {str(filled.shopper.uuid)[:8]}"


def test_the_timeline_groups_an_order(console, filled):
    (day,) = console("owner").get(pages(filled)["shopper"] + "?show=orders").context["life"].days
    (visit,) = day.visits
    assert (visit.heading, round(visit.total, 2)) == ("Order of 2 items", 8.99)
    assert {line.title for line in visit.lines} == {"Whole milk", "Rye bread"}


def test_a_shopper_is_found_by_the_exact_user_id(console, filled):
    owner = console("owner")
    found = owner.get("/admin/profiles/profile/?q=42").context["cl"].result_list
    assert [profile.shown_name for profile in found] == ["42"]
    missed = owner.get("/admin/profiles/profile/?q=4")
    assert not missed.context["cl"].result_list
    assert "found by a whole user id" in missed.content.decode()


def test_a_developer_does_not_see_what_shoppers_did(console, filled):
    assert console("developer").get(pages(filled)["shopper"]).context["life"] is None


def test_the_line_tells_what_was_said_and_sent_between_the_visits(console, filled):
    life = console("owner").get(pages(filled)["shopper"]).context["life"]
    told = {visit.moment.title for day in life.days for visit in day.visits if visit.moment}
    assert "Entered Bakers" in told
    assert any(title.startswith("Entered the journey") for title in told)
    moments = [visit.at for day in life.days for visit in day.visits]
    assert moments == sorted(moments, reverse=True)


def test_what_a_role_may_not_see_elsewhere_is_not_on_the_line(console, filled):
    def titles(role):
        life = console(role).get(pages(filled)["shopper"] + "?show=messages").context["life"]
        return [visit.moment.title for day in life.days for visit in day.visits]

    assert titles("owner")
    assert titles("compliance officer") == []


def test_each_room_has_its_column(console, filled):
    context = console("owner").get(pages(filled)["shopper"]).context
    assert [panel["template"].rpartition("/")[2] for panel in context["did"]] == [
        "recent_decisions.html",
        "shopper_panel.html",
        "shopper_panel.html",
    ]


def test_the_raw_page_names_nobody_to_who_works_with_pseudonyms(console, filled):
    import orjson

    address = pages(filled)["shopper"] + "?raw=1"
    seen = orjson.loads(console("marketer").get(address).context["raw"])
    assert seen["identifiers"] == [{"kind": "user_id", "value": "42"}]
    assert set(seen["feature_ages"]["page_views_7d"]) == {"changed_on", "window_days"}
    assert "identifiers" not in orjson.loads(console("analyst").get(address).context["raw"])


def test_what_is_no_moment_is_not_found(console, filled):
    assert console("owner").get(pages(filled)["shopper"] + "?before=yesterday").status_code == 404
