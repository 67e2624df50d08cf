"""Segments in the console: who may do what, and what a form may say."""

from __future__ import annotations

import orjson
import pytest

from journeys.models import Campaign
from profiles.models import Segment
from profiles.segments import access
from tenants.db import tenant_connection
from tenants.models import Tenant
from tenants.workspace.models import AuditRecord, User

ADD = "/admin/profiles/segment/add/"
DEFINITION = {"type": "all", "of": [{"type": "act", "act": "bought", "categories": ["Dairy"]}]}


def form(**fields):
    return {
        "name": "Milk lovers",
        "description": "",
        "definition": orjson.dumps(DEFINITION).decode(),
        **fields,
    }


def page(segment: Segment) -> str:
    return f"/admin/profiles/segment/{segment.pk}/change/"


def test_a_marketer_makes_a_segment_and_sets_it_live(console, tenant, filled):
    browser = console("marketer")
    answer = browser.post(ADD, form(_live="1"))
    with tenant_connection(tenant.schema_name):
        made = Segment.objects.get(key="milk-lovers")
        assert (made.status, made.definition) == ("live", DEFINITION)
        assert answer.url == page(made)
        assert list(AuditRecord.objects.filter(target=f"segment:{made.pk}").values_list("action", flat=True))[::-1] == [
            "segment created", "segment went live",
        ]  # fmt: skip
    assert "Bought Dairy at least once in the last 30 days." in browser.get(page(made)).text


def test_what_is_missing_is_said_and_kept_in_the_form(console, tenant, filled):
    gap = {"type": "all", "of": [{"type": "segment", "segment": ""}]}
    answer = console("owner").post(ADD, form(definition=orjson.dumps(gap).decode(), _live="1"))
    assert (answer.status_code, "Choose a segment." in answer.text, "Milk lovers" in answer.text) == (
        400,
        True,
        True,
    )
    with tenant_connection(tenant.schema_name):
        assert not Segment.objects.filter(key="milk-lovers").exists()


@pytest.mark.parametrize("definition", ["", "no json", "[]", '{"type": "xor"}'])
def test_a_mangled_definition_is_refused(console, filled, definition):
    assert console("owner").post(ADD, form(definition=definition)).status_code == 400


def test_the_preview_counts_names_and_says_it_in_words(console, filled):
    answer = console("owner").post("/admin/profiles/segment/preview/", form(key=""))
    assert "Bought Dairy at least once in the last 30 days." in answer.text
    assert f"/admin/profiles/profile/{filled.shopper.pk}/change/" in answer.text
    # A role without identities sees the pseudonym.
    assert ">42<" in answer.text
    assert ">42<" not in console("analyst").post("/admin/profiles/segment/preview/", form(key="")).text


def test_a_restricted_segment_is_changed_by_its_people_only(console, tenant, filled):
    marketer, analyst = console("marketer"), console("analyst")
    with tenant_connection(tenant.schema_name):
        named = User.objects.get(username="analyst")
    marketer.post(ADD, form(restricted="1", editors=[named.pk]))
    with tenant_connection(tenant.schema_name):
        made = Segment.objects.get(key="milk-lovers")
        assert {user.username for user in access.named(made)} == {"marketer", "analyst"}
    assert analyst.post(page(made), form(name="Milk", restricted="1", editors=[named.pk])).status_code == 302
    with tenant_connection(tenant.schema_name):
        # The analyst did not name the marketer again.
        assert {user.username for user in access.named(made)} == {"analyst"}
    assert marketer.post(page(made), form(name="Mine")).status_code == 403
    assert marketer.post(f"/admin/profiles/segment/{made.pk}/do/archive/").status_code == 403
    assert marketer.get(page(made)).status_code == 200
    assert console("owner").post(page(made), form(name="Boss")).status_code == 302


def test_archive_restore_duplicate(console, tenant, filled):
    browser, base = console("owner"), f"/admin/profiles/segment/{filled.segment.pk}"
    browser.post(f"{base}/duplicate/")
    refused = browser.post(f"{base}/do/archive/", follow=True).text
    assert "It is used by campaign “Milk week”. Take it out there first." in refused
    with tenant_connection(tenant.schema_name):
        Campaign.objects.all().delete()
    browser.post(f"{base}/do/archive/")
    with tenant_connection(tenant.schema_name):
        assert dict(Segment.objects.values_list("name", "status")) == {
            "Bakers": "archived",
            "Bakers copy": "draft",
        }
    assert "Bakers copy" in browser.get("/admin/profiles/segment/").text
    assert ">Bakers<" not in browser.get("/admin/profiles/segment/").text
    browser.post(f"{base}/do/restore/")
    with tenant_connection(tenant.schema_name):
        assert Segment.objects.get(pk=filled.segment.pk).status == "draft"


@pytest.mark.parametrize("address", ["do/archive/", "duplicate/"])
def test_nothing_changes_by_a_link(console, filled, address):
    assert console("owner").get(f"/admin/profiles/segment/{filled.segment.pk}/{address}").status_code == 405


def test_who_only_reads_changes_nothing(console, tenant, filled):
    browser, base = console("developer"), f"/admin/profiles/segment/{filled.segment.pk}"
    assert browser.get(page(filled.segment)).status_code == 200
    for address in (f"{base}/change/", f"{base}/do/archive/", f"{base}/duplicate/", ADD):
        assert browser.post(address, form()).status_code == 403


def test_values_of_a_feature_are_suggested(console, tenant: Tenant, filled):
    with tenant_connection(tenant.schema_name):
        filled.shopper.features = {"demographics": {"gender": "female"}}
        filled.shopper.save()
    found = console("owner").get("/admin/profiles/segment/find/feature-gender/?q=fem").json()
    assert found == {"results": [{"value": "female", "label": "female", "hint": ""}]}
    assert console("marketer").get("/admin/profiles/segment/find/category/?q=bread").json()["results"]


def test_members_and_the_shoppers_own_page(console, filled):
    browser = console("owner")
    members = browser.get(f"/admin/profiles/segment/{filled.segment.pk}/members/").text
    assert f"/admin/profiles/profile/{filled.shopper.pk}/change/" in members
    shopper = browser.get(f"/admin/profiles/profile/{filled.shopper.pk}/change/").text
    assert "Bakers" in shopper
