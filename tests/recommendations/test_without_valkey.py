"""Valkey away: answers are made without it, and their traces go straight to the database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from recommendations.models import Decision
from tenants import redis

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def no_valkey(settings) -> Iterator[None]:
    redis.close()
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    yield
    redis.close()


def test_recommendations_are_answered(api, secret_key, no_valkey) -> None:
    response = api(secret_key).get("/api/v1/recommendations", {"user_id": "u1"})
    assert response.status_code == 200
    assert response.json()["items"]


def test_the_trace_is_kept(api, secret_key, no_valkey, tenant) -> None:
    decision = api(secret_key).get("/api/v1/recommendations").json()["decision_id"]
    assert Decision.objects.filter(pk=decision).exists()


def test_ready_says_so_and_stays_ready(api, no_valkey) -> None:
    response = api().get("/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "degraded", "checks": {"database": "ok", "valkey": "unreachable"}}
