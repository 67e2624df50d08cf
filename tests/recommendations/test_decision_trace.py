"""Each answer can be looked up with everything that made it, also after the web process died."""

from __future__ import annotations

from typing import Any

import pytest

from recommendations import traces
from recommendations.models import Decision
from tenants import redis

pytestmark = pytest.mark.usefixtures("shop")


def ask(api, key) -> dict:
    return api(key).get("/api/v1/recommendations", {"user_id": "u1", "limit": 3}).json()


def test_the_trace_is_in_valkey_before_the_answer_leaves(api, secret_key, tenant) -> None:
    answer = ask(api, secret_key)
    assert redis.raw_client().xlen(traces.STREAM) == 1
    assert traces.drain() == 1
    decision = Decision.objects.get(pk=answer["decision_id"])
    assert [i["item_id"] for i in decision.trace["items"]] == [i["item_id"] for i in answer["items"]]


def test_the_api_shows_stages_items_and_versions(api, secret_key) -> None:
    answer = ask(api, secret_key)
    trace = api(secret_key).get(f"/api/v1/decisions/{answer['decision_id']}").json()
    assert {s["name"] for s in trace["stages"]} >= {"profile", "recommendation", "guardrail", "evaluator"}
    assert trace["shopper"]["known"] is False
    assert trace["plan"]


def test_writing_twice_is_harmless(api, secret_key, inside) -> None:
    ask(api, secret_key)
    client: Any = redis.raw_client()
    entries = client.xrange(traces.STREAM)
    for entry_id, fields in entries:
        client.xadd(traces.STREAM, fields)
        assert entry_id
    traces.drain()
    assert Decision.objects.count() == 1


def test_what_a_killed_worker_had_taken_is_taken_over(api, secret_key, monkeypatch) -> None:
    ask(api, secret_key)
    client = redis.raw_client()
    client.xgroup_create(traces.STREAM, traces.GROUP, id="0", mkstream=True)
    client.xreadgroup(traces.GROUP, "dead", {traces.STREAM: ">"}, count=10)
    assert traces.drain() == 0
    monkeypatch.setattr(traces, "TAKE_OVER_MS", 0)
    assert traces.drain() == 1


def test_an_unknown_decision_is_404(api, secret_key) -> None:
    for name in ("00000000-0000-0000-0000-000000000000", "not-an-id"):
        assert api(secret_key).get(f"/api/v1/decisions/{name}").status_code == 404
