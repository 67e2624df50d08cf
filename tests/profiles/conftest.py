"""The door and the worker, as tests use them. No other room subscribes to the events here."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client

from profiles.models import Identifier, Profile
from profiles.processing.batches import run_once
from profiles.selectors import find_profile
from tenants.db import tenant_connection
from tenants.scope import Scope

from .live_host import host  # noqa: F401  # a fixture
from .spool_cast import away, known_key, spool  # noqa: F401  # fixtures

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def no_subscribers(settings: Any) -> None:
    settings.EVENT_SUBSCRIBERS = []


@pytest.fixture(autouse=True)
def no_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are called by the tests themselves; the thread that hints has its own test."""
    monkeypatch.setattr("profiles.ingest.door.hint", lambda schema: None)
    monkeypatch.setattr("profiles.dead_letters.replaying.hint", lambda schema: None)


def event(type_: str = "track", **fields: Any) -> dict[str, Any]:
    """A good event with a fresh messageId; keyword arguments are its fields."""
    given = {"type": type_, "messageId": f"m-{next(_numbers)}", **fields}
    if type_ == "track":
        given.setdefault("event", "Product Viewed")
    return given


def viewed(user: str | None = None, item: str = "i1", **fields: Any) -> dict[str, Any]:
    who = {"userId": user} if user else {}
    return event(**{**who, "event": "Product Viewed", "properties": {"product_id": item}, **fields})


def ago(**span: float) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**span)).isoformat()


@pytest.fixture
def send(api: Callable[..., Client], secret_key: str) -> Callable[..., Any]:
    """`send(event, …)` posts a batch with the secret key (or `key=`) and returns the response."""

    def post(*events: Any, key: str | None = None, path: str = "/v1/batch", **head: Any) -> Any:
        body = orjson.dumps({"batch": events}) if path.endswith("batch") else orjson.dumps(events[0])
        return api(key or secret_key).post(path, body, content_type="application/json", **head)

    return post


@pytest.fixture
def process(scope: Scope) -> Callable[[], int]:
    """Process everything that waits; how many events."""

    def run() -> int:
        total = 0
        with tenant_connection(scope.schema):
            while count := run_once(scope):
                total += count
        return total

    return run


@pytest.fixture
def shopper(scope: Scope) -> Callable[..., Profile | None]:
    """`shopper("u1")` or `shopper("a1", "anonymous_id")`: the profile that an identifier names."""

    def find(value: str, kind: str = Identifier.Kind.USER_ID) -> Profile | None:
        with tenant_connection(scope.schema):
            return find_profile(scope, kind, value)

    return find


@pytest.fixture
def rows(scope: Scope) -> Callable[..., list[tuple[Any, ...]]]:
    """`rows("SELECT … FROM {s}.table")` with {s} as the tenant's schema."""
    from django.db import connection

    def fetch(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(query.replace("{s}", f'"{scope.schema}"'), list(parameters))
            return cursor.fetchall()

    return fetch
