"""The tracking plan beside what arrives: made from it, tried on it, changed and taken back."""

from __future__ import annotations

import datetime as dt

import orjson
import pytest

from profiles.ingest import door
from profiles.plan import services
from profiles.processing.batches import run_once
from tenants import keyring
from tenants.db import tenant_connection
from tenants.models import Tenant

URL, EVENT = "/admin/tracking-plan/", "/admin/tracking-plan/event/"


@pytest.fixture
def arrived(tenant: Tenant):
    """Twenty orders, one of them without a number, have come and were counted."""
    scope = keyring.scope_of_tenant(tenant)
    raws = [
        orjson.dumps(
            {
                "type": "track",
                "event": "Order Placed",
                "userId": f"u{n}",
                "properties": {"order_id": f"o{n}", "total": 2.5},
            }
        )
        for n in range(19)
    ] + [
        orjson.dumps(
            {"type": "track", "event": "Order Placed", "userId": "x", "properties": {"total": "much"}}
        )
    ]
    with tenant_connection(tenant.schema_name):
        door.accept(scope, raws, source="http", received=dt.datetime.now(dt.UTC))
        while run_once(scope):
            pass
    return scope


def plan(tenant):
    with tenant_connection(tenant.schema_name):
        return services.latest()


def test_what_arrives_is_listed_with_how_many(console, arrived):
    page = console("developer").get(URL)
    row = page.context["rows"].object_list[0]
    assert (row.label, row.planned, row.seen.events) == ("Order Placed", False, 20)


def test_a_plan_is_made_from_what_came(console, arrived, tenant):
    developer = console("developer")
    developer.post(URL, {"infer": ""})
    number, document = plan(tenant)
    assert number == 1
    schema = document["events"][0]["schema"]
    assert schema["properties"]["order_id"] == {"type": "string"}
    assert schema["properties"]["total"]["type"] == ["string", "number"]
    assert developer.get(URL).context["rows"].object_list[0].planned


def test_a_change_is_tried_on_real_events_before_it_holds(console, arrived, tenant):
    schema = {"type": "object", "required": ["order_id"], "properties": {"total": {"type": "number"}}}
    form = {
        "type": "track",
        "name": "Order Placed",
        "violations": "reject",
        "schema": orjson.dumps(schema).decode(),
    }
    page = console("developer").post("/admin/tracking-plan/try/", form)
    trial = page.context["trial"]
    assert (trial.tried, trial.refused, trial.passed) == (20, 1, 19)
    assert "is missing" in page.content.decode()
    assert plan(tenant)[0] == 0


def test_an_event_is_put_changed_removed_and_taken_back(console, tenant):
    developer = console("developer")
    form = {"type": "track", "name": "A", "schema": '{"type": "object"}'}
    developer.post(EVENT, form)
    developer.post(f"{EVENT}?type=track&name=A", {**form, "name": "B"})
    assert [e["name"] for e in plan(tenant)[1]["events"]] == ["B"]
    developer.post(f"{EVENT}?type=track&name=B", {"remove": ""})
    assert plan(tenant)[1]["events"] == []
    developer.post(URL, {"restore": "1"})
    assert [e["name"] for e in plan(tenant)[1]["events"]] == ["A"]


def test_what_is_wrong_is_said_and_nothing_is_saved(console, tenant):
    answer = console("developer").post(
        EVENT, {"type": "track", "name": "A", "schema": '{"$ref": "http://x"}'}
    )
    assert answer.status_code == 400
    assert "References are not followed" in answer.content.decode()
    assert plan(tenant)[0] == 0


def test_settings_hold_for_the_whole_plan(console, tenant):
    console("developer").post(URL, {"violations": "strip", "unplanned": "reject"})
    assert plan(tenant)[1] == {"violations": "strip", "unplanned": "reject", "events": []}


@pytest.mark.parametrize("form", ["attune", "segment"])
def test_a_download_can_be_uploaded(console, filled, tenant, form):
    developer = console("developer")
    before = plan(tenant)[1]
    document = developer.get(f"{URL}?export={form}").content
    developer.post(EVENT + "?type=track&name=Order+Completed", {"remove": ""})
    from django.core.files.uploadedfile import SimpleUploadedFile

    developer.post(URL, {"file": SimpleUploadedFile("plan.json", document, "application/json")})
    after = plan(tenant)[1]
    assert [e["schema"] for e in after["events"]] == [e["schema"] for e in before["events"]]


def test_an_analyst_looks_and_does_not_change(console, arrived):
    analyst = console("analyst")
    assert analyst.get(URL).status_code == 200
    assert analyst.post(URL, {"infer": ""}).status_code == 403
    assert analyst.post(EVENT, {"type": "track", "name": "A", "schema": "{}"}).status_code == 403


def test_values_are_shown_only_to_who_may_read_identities(console, arrived):
    form = {
        "type": "track",
        "name": "Order Placed",
        "violations": "reject",
        "schema": '{"required": ["order_id"]}',
    }
    assert "much" not in console("developer").post("/admin/tracking-plan/try/", form).content.decode()
    assert "much" in console("owner").post("/admin/tracking-plan/try/", form).content.decode()


def test_a_new_event_has_no_past(console, arrived, tenant):
    """Nor that of track events which came without a name, and were refused."""
    with tenant_connection(tenant.schema_name):
        raws = [orjson.dumps({"type": "track", "userId": "u1"})]
        door.accept(arrived, raws, source="http", received=dt.datetime.now(dt.UTC))
    assert console("developer").get(EVENT).context["seen"] is None
