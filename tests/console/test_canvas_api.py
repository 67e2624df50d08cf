"""The JSON behind the canvas: state, drafts with revisions, publishing, versions, counts."""

from __future__ import annotations

from typing import Any

import pytest

from journeys.models import Journey
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

from .journey_rows import small_graph


def at(filled: Any, path: str = "") -> str:
    return f"/admin/journeys/journey/{filled.journey.pk}/canvas/{path}"


def put(client: Any, filled: Any, graph: Any, revision: Any) -> Any:
    body = {"graph": graph, "revision": revision}
    return client.put(at(filled, "draft"), body, content_type="application/json")


@pytest.fixture
def marketer(console, filled):
    return console("marketer")


def state(client: Any, filled: Any) -> Any:
    return client.get(at(filled, "state")).json()


def test_the_state_holds_all_that_the_canvas_shows(marketer, filled):
    found = state(marketer, filled)
    assert found["journey"]["may_change"] is True
    assert [node["type"] for node in found["graph"]["nodes"]] == ["event_trigger", "delay", "send", "exit"]
    assert {kind["type"] for kind in found["catalogue"]} > {"delay", "send", "condition"}
    assert "cart" in [t["key"] for t in found["lists"]["templates"]]
    assert "Order Completed" in found["lists"]["events"]
    assert {
        "key": "purchases_30d",
        "label": "Purchases 30d",
        "group": "Behaviour",
        "kind": "number",
    } in found["lists"]["facts"]
    assert found["problems"] == []
    assert found["counts"]["steps"]["n0"] == {"entered": 1, "waiting": 0, "share": 1.0}
    assert [(v["number"], v["current"]) for v in found["versions"]] == [(1, True)]


def test_a_draft_is_saved_with_its_problems(marketer, filled):
    graph = small_graph()
    graph["edges"].pop()
    answer = put(marketer, filled, graph, 0)
    assert answer.status_code == 200
    assert answer.json()["revision"] == 1
    assert {(p["node"], p["field"]) for p in answer.json()["problems"]} >= {("n2", "next")}


def test_a_save_that_missed_another_one_is_refused_with_the_newer_revision(marketer, filled):
    put(marketer, filled, small_graph("other"), 0)
    answer = put(marketer, filled, small_graph(), 0)
    assert (answer.status_code, answer.json()["revision"]) == (409, 1)
    assert "Somebody else has saved" in answer.json()["message"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 400, "not JSON"),
        (b"[]", 400, "JSON object"),
        (b'{"graph": {}}', 400, "revision"),
        (b'{"graph": {"nodes": 3}, "revision": 0}', 422, "not a journey"),
        (b'{"graph": {}, "revision": true}', 400, "revision"),
    ],
)
def test_what_is_no_draft_gets_a_sentence(marketer, filled, tenant, body, status, words):
    answer = marketer.put(at(filled, "draft"), body, content_type="application/json")
    assert answer.status_code == status
    assert words in answer.json()["message"]
    with tenant_connection(tenant.schema_name):
        assert Journey.objects.get().revision == 0


def test_publishing_makes_a_version_and_leaves_a_record(marketer, filled, tenant):
    graph = small_graph()
    graph["nodes"][1]["config"]["seconds"] = 5
    revision = put(marketer, filled, graph, 0).json()["revision"]
    answer = marketer.post(at(filled, "publish"), {"revision": revision}, content_type="application/json")
    assert answer.json() == {"number": 2}
    versions = state(marketer, filled)["versions"]
    assert [(v["number"], v["current"], v["published_by"]) for v in versions] == [
        (2, True, "marketer"),
        (1, False, ""),
    ]
    with tenant_connection(tenant.schema_name):
        record = AuditRecord.objects.get(action="journey published", actor__startswith="user:")
    assert record.details == {"version": 2}


def test_a_draft_with_problems_is_not_published(marketer, filled):
    revision = put(marketer, filled, small_graph("gone"), 0).json()["revision"]
    answer = marketer.post(at(filled, "publish"), {"revision": revision}, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["message"] == "There is no template “gone”."


def test_a_published_version_can_be_read_again(marketer, filled):
    found = marketer.get(at(filled, "versions/1")).json()["graph"]
    assert found == state(marketer, filled)["published"]
    assert marketer.get(at(filled, "versions/9")).status_code == 404


def test_pausing_and_resuming(marketer, filled):
    assert marketer.post(at(filled, "pause")).json() == {"status": "paused"}
    assert state(marketer, filled)["journey"]["status_label"] == "Paused"
    assert marketer.post(at(filled, "resume")).json() == {"status": "live"}


def test_counts_alone_are_cheap_to_poll(marketer, filled, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        found = marketer.get(at(filled, "counts")).json()
    assert (found["entered"], found["active"], found["goals"]) == (1, 0, 0)


def test_a_wrong_method_and_a_missing_journey_get_a_sentence(marketer, filled):
    assert marketer.post(at(filled, "state")).status_code == 405
    missing = marketer.get("/admin/journeys/journey/999/canvas/state")
    assert (missing.status_code, missing.json()["message"]) == (404, "There is no such journey any more.")


def test_shoppers_are_found_by_the_exact_number(marketer, filled):
    (found,) = marketer.get(at(filled, "shoppers?q=42")).json()["results"]
    assert (found["id"], found["label"]) == (str(filled.shopper.uuid), "42")
    assert marketer.get(at(filled, "shoppers?q=4")).json()["results"] == []
