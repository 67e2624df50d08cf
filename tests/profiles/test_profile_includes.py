"""More about a shopper, for who asks for it: how old each feature is, and what they agreed to."""

from __future__ import annotations

import pytest

from .conftest import ago, viewed


@pytest.fixture
def get(api, secret_key, send, process):
    send(viewed("u1", timestamp=ago(days=2)))
    process()
    return lambda query="": api(secret_key).get(f"/api/v1/profiles/u1{query}")


def test_ages_and_consents_come_when_asked_for(get):
    plain = get().json()
    assert "feature_ages" not in plain
    assert "consents" not in plain
    more = get("?include=feature_ages,consents").json()
    age = more["feature_ages"]["product_views_7d"]
    assert (age["changed_on"], age["window_days"]) == (ago(days=2)[:10], 7)
    assert {c["purpose"] for c in more["consents"]} >= {"analytics", "personalisation", "marketing"}


def test_what_there_is_not_is_said(get):
    answer = get("?include=shoe_size")
    assert (answer.status_code, "feature_ages" in answer.json()["detail"]) == (400, True)
