"""The same events in one order or another, through door and worker, into an empty tenant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from django.db import connection

from profiles.processing.batches import run_once
from tenants.db import tenant_connection
from tenants.scope import Scope

TABLES = (
    "profiles_event", "profiles_eventqueue", "profiles_messagekey", "profiles_interaction", "profiles_address",
    "profiles_link", "profiles_claim", "profiles_merge", "profiles_identitychange", "profiles_deadletter",
    "profiles_identifier", "profiles_profile", "profiles_aggregateredo", "compliance_consent",
)  # fmt: skip


def empty(scope: Scope) -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f'DELETE FROM "{scope.schema}".{table}')


def feed(
    scope: Scope,
    clients: dict[bool, Any],
    documents: Callable[[Any, int], dict[str, Any]],
    events: Sequence[Any],
    order: Sequence[int],
    sizes: Sequence[int],
) -> None:
    """Send `events` in `order`, so many at a time, each portion processed before the next; `clients` by trust."""
    waiting, sizes = list(order), list(sizes)
    while waiting:
        part, waiting = waiting[: sizes[0]], waiting[sizes[0] :]
        sizes = [*sizes[1:], sizes[0]]
        for number in part:
            body = orjson.dumps({"batch": [documents(events[number], number)]})
            answer = clients[events[number]["trusted"]].post(
                "/v1/batch", body, content_type="application/json"
            )
            assert answer.status_code == 200
        with tenant_connection(scope.schema):
            while run_once(scope):
                pass
