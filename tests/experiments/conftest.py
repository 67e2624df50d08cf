"""Experiments that can run, and the way from the door to a conversion."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson
import pytest
from django.test import Client

from experiments.models import Experiment, ExperimentMetric, Metric, Variant
from experiments.running import forget_running
from profiles.processing.batches import run_once
from recommendations.serving.tenant_state import forget_states
from tenants.crypto import blind_index
from tenants.db import tenant_connection
from tenants.models import Tenant
from tenants.scope import Scope

_numbers = itertools.count()
ACTOR = "user:1"


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    forget_running()
    forget_states()


@pytest.fixture(autouse=True)
def no_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("profiles.ingest.door.hint", lambda schema: None)


VariantRow = tuple[str, float, dict[str, Any]]


def make_experiment(
    key: str = "home-test",
    *,
    variants: tuple[VariantRow, ...] = (
        ("control", 50, {}),
        ("popular", 50, {"strategy": "trending"}),
    ),
    metrics: tuple[str, ...] = ("click-through", "revenue-per-shopper"),
    **fields: Any,
) -> Experiment:
    """A draft; the first variant is the control, the first metric the primary one."""
    given: dict[str, Any] = {"name": key.replace("-", " ").capitalize(), "placement": "home", **fields}
    experiment = Experiment.objects.create(key=key, **given)
    for position, (name, weight, payload) in enumerate(variants):
        Variant.objects.create(
            experiment=experiment, key=name, name=name.capitalize(), position=position,
            weight=Decimal(str(weight)), is_control=position == 0, payload=payload,
        )  # fmt: skip
    for position, name in enumerate(metrics):
        role = "primary" if position == 0 else "secondary"
        metric = Metric.objects.get(key=name)
        ExperimentMetric.objects.create(experiment=experiment, metric=metric, role=role, position=position)
    return experiment


@pytest.fixture
def unit_of(tenant: Tenant) -> Callable[..., bytes]:
    return lambda value, kind="user_id": blind_index(tenant.pk, kind, value)


@pytest.fixture
def send(api: Callable[..., Client], secret_key: str, scope: Scope) -> Callable[..., None]:
    """`send(event, …)` through the door, and processed; messageIds are added."""

    def post(*events: dict[str, Any]) -> None:
        batch = [{"type": "track", "messageId": f"m-{next(_numbers)}", **event} for event in events]
        answer = api(secret_key).post(
            "/v1/batch", orjson.dumps({"batch": batch}), content_type="application/json"
        )
        assert answer.status_code == 200, answer.content
        with tenant_connection(scope.schema):
            while run_once(scope):
                pass

    return post


def clicked(user: str | None = None, **fields: Any) -> dict[str, Any]:
    who = {"userId": user} if user else {}
    return {**who, "event": "Recommendation Clicked", "properties": {"product_id": "i1"}, **fields}


def ordered(user: str, revenue: float, order: str = "o1", **fields: Any) -> dict[str, Any]:
    lines = [{"product_id": "i1", "price": revenue, "quantity": 1}]
    properties = {"order_id": order, "revenue": revenue, "products": lines}
    return {"userId": user, "event": "Order Completed", "properties": properties, **fields}


def ago(**span: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) - dt.timedelta(**span)
