"""A shopper nobody knows gets an answer, and so does a shop without a model."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("shop")


def test_an_unknown_shopper_gets_items_not_an_error(api, secret_key) -> None:
    response = api(secret_key).get("/api/v1/recommendations", {"user_id": "nobody", "limit": 5})
    assert response.status_code == 200
    assert len(response.json()["items"]) == 5


def test_every_item_says_what_it_is_and_why(api, secret_key) -> None:
    answer = api(secret_key).get("/api/v1/recommendations").json()
    for item in answer["items"]:
        assert set(item) >= {"item_id", "score", "reason", "source", "title", "price"}
        assert item["reason"]
    assert answer["decision_id"]


def test_stages_are_timed_in_the_head(api, secret_key) -> None:
    timing = api(secret_key).get("/api/v1/recommendations")["Server-Timing"]
    for stage in ("profile", "recommendation", "guardrail", "evaluator", "total"):
        assert f"{stage};dur=" in timing
