"""“Try it”: a draft on a real or invented shopper, asked for as the canvas does."""

from __future__ import annotations

import pytest

from journeys.models import Enrolment, InboxMessage, Message
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

from .journey_rows import small_graph
from .test_canvas_api import at

ASKED = {"shopper": None, "replay": False, "start": "2026-03-01T10:00", "days": 3,
         "events": [{"kind": "event", "name": "Product Added", "after": 0, "properties": {"price": "2.50"}}]}  # fmt: skip


@pytest.fixture
def marketer(console, filled):
    return console("marketer")


def run(client, filled, graph=None, **changed):
    body = {"graph": graph or small_graph(), **ASKED, **changed}
    return client.post(at(filled, "simulate"), body, content_type="application/json")


def test_an_invented_shopper_walks_through_the_draft(marketer, filled):
    found = run(marketer, filled).json()
    assert found["entered"] is True
    walked = dict.fromkeys(step["node"] for step in found["steps"] if step["node"])
    assert list(walked) == ["n0", "n1", "n2", "n3"]
    (letter,) = found["messages"]
    assert (letter["subject"], letter["channel"]) == ("Still thinking?", "E-mail")
    assert "waits." in letter["html"]


def test_the_draft_is_tried_as_it_stands_unsaved(marketer, filled):
    graph = small_graph()
    graph["nodes"][1]["config"]["seconds"] = 7200
    waited = next(s for s in run(marketer, filled, graph).json()["steps"] if s["outcome"] == "waited")
    assert waited["reason"] == "waited 2 hours"


def test_the_clock_starts_in_the_time_zone_of_the_shop(marketer, filled, tenant):
    tenant.time_zone = "America/New_York"
    tenant.save()
    first = run(marketer, filled).json()["steps"][0]
    assert first["at"].startswith(("2026-03-01T10:00:00-05:00", "2026-03-01T15:00:00+00:00"))


def test_a_real_shopper_without_consent_is_skipped_with_the_reason(marketer, filled):
    found = run(marketer, filled, shopper=str(filled.shopper.uuid)).json()
    reasons = {step["reason"] for step in found["steps"] if step["outcome"] == "skipped"}
    assert reasons == {"no consent to marketing by e-mail"}
    assert found["messages"] == []


def test_nothing_is_saved_but_the_audit_record(marketer, filled, tenant):
    tables = (Enrolment, Message, InboxMessage)
    with tenant_connection(tenant.schema_name):
        before = [table.objects.count() for table in tables]
    run(marketer, filled, shopper=str(filled.shopper.uuid))
    with tenant_connection(tenant.schema_name):
        assert [table.objects.count() for table in tables] == before
        record = AuditRecord.objects.get(action="journey simulated")
    assert record.target == f"profile:{filled.shopper.uuid}"


def test_the_shoppers_own_history_is_played(marketer, filled):
    graph = small_graph()
    graph["nodes"][0]["config"]["event"] = "Order Completed"
    start = (filled.shopper.last_seen_at.date()).isoformat()
    found = run(
        marketer,
        filled,
        graph,
        shopper=str(filled.shopper.uuid),
        replay=True,
        events=[],
        start=f"{start}T00:00",
    ).json()
    assert found["entered"] is True


def test_an_analyst_may_try_too(console, filled):
    assert run(console("analyst"), filled).status_code == 200


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"events": []}, "Say at least one thing that the shopper does."),
        ({"events": [{"name": " "}]}, "Each event needs a name, and a time after the start."),
        ({"events": [{"name": "x", "after": -1}]}, "Each event needs a name, and a time after the start."),
        ({"start": "soon"}, "Say when the simulation starts."),
        ({"days": 0}, "The number of days must be between 1 and 365."),
        ({"replay": True}, "Choose a shopper whose own events shall be played."),
        ({"shopper": "nobody"}, "This shopper is not on file any more. Choose another."),
        ({"graph": {"nodes": 1}}, "This is not a journey"),
    ],
)
def test_what_cannot_be_tried_gets_a_sentence(marketer, filled, changed, sentence):
    answer = run(marketer, filled, **changed)
    assert answer.status_code == 422
    assert answer.json()["message"].startswith(sentence)
