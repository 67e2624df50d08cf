"""One transaction per request: message keys, events, their places in the queue, dead letters, the due row."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from functools import lru_cache

from django.db import connection, transaction
from psycopg import Cursor

from tenants import vault
from tenants.crypto import BLIND_BYTES, blind_index, seal
from tenants.due import mark_due
from tenants.scope import Scope

from .wire import Incoming, Rejected

KEY_KINDS = {"publishable": 1, "secret": 2}
LANES = 16
QUEUE = "events"
# Shorter than tenants.due.LONGEST_TRANSACTION: the due row of this transaction is still there when it commits.
_TIMEOUT = "SET LOCAL transaction_timeout = '10s'"


@lru_cache(maxsize=4096)
def _insert(schema: str) -> str:
    # Keys are inserted in their own order, so that two requests with the same events can't lock each other out;
    # events in the order of the request, so that ids tell a shopper's order.
    return f"""
        WITH incoming AS (
            SELECT encode(key, 'hex')::uuid AS key, type, handle, payload, place
            FROM unnest(%b::bytea[], %b::smallint[], %b::bytea[], %b::bytea[])
                 WITH ORDINALITY AS t(key, type, handle, payload, place)
        ), fresh AS (
            INSERT INTO "{schema}".profiles_messagekey (key, received_on)
            SELECT key, (%b::timestamptz AT TIME ZONE 'UTC')::date FROM incoming ORDER BY key
            ON CONFLICT DO NOTHING RETURNING key
        ), stored AS (
            INSERT INTO "{schema}".profiles_event (received_at, type, handle, message_key, payload, key_kind)
            SELECT %b, type, handle, key, payload, %b FROM incoming JOIN fresh USING (key) ORDER BY place
            RETURNING id, handle, received_at
        )
        INSERT INTO "{schema}".profiles_eventqueue (event_id, lane, received_at, attempts)
        SELECT id, get_byte(handle, 0) %% {LANES}, received_at, 0 FROM stored"""


def store(
    scope: Scope, events: Sequence[Incoming], rejected: Sequence[Rejected], received: dt.datetime
) -> int:
    """Make everything durable; returns how many events are new (the others were duplicates).

    Raises OperationalError when the database is away: then nothing was stored.
    """
    unique: dict[bytes, Incoming] = {}
    for event in events:
        unique.setdefault(event.key, event)
    fresh = 0
    if not unique and not rejected:
        return 0
    with transaction.atomic():
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            cursor.execute(_TIMEOUT)
            if unique:
                fresh = _store_events(cursor, scope, list(unique.values()), received)
            if rejected:
                keep_letters(cursor, scope, rejected)
            if fresh:
                # Last: whoever inserts a second's row first makes the others wait until it commits.
                mark_due(cursor, scope.tenant_id, QUEUE)
    return fresh


def _store_events(cursor: Cursor, scope: Scope, events: list[Incoming], received: dt.datetime) -> int:
    tenant_id = scope.tenant_id
    handles = [blind_index(tenant_id, *event.who) for event in events]
    # The visitor's key is made here too, so that a worker never makes it while a request waits for the row.
    visitors = {
        blind_index(tenant_id, "anonymous_id", e.anonymous_id)
        for e in events
        if e.anonymous_id is not None and e.who[0] != "anonymous_id"
    }
    keys = keys_for(tenant_id, {*handles, *visitors})
    cursor.execute(
        _insert(scope.schema),
        [
            [e.key for e in events],
            [e.type for e in events],
            handles,
            [seal(keys[h], e.payload) for h, e in zip(handles, events, strict=True)],
            received,
            received,
            KEY_KINDS.get(scope.kind or "", 2),
        ],
        prepare=True,
    )
    return cursor.rowcount


def keys_for(tenant_id: int, handles: set[bytes]) -> dict[bytes, bytes]:
    """Keys of persons: read first, because making them locks even those that exist."""
    keys = vault.existing_person_keys(tenant_id, handles)
    if len(keys) < len(handles):
        keys.update(vault.person_keys(tenant_id, handles - keys.keys()))
    return keys


def keep_letters(cursor: Cursor, scope: Scope, rejected: Sequence[Rejected]) -> None:
    """Store refused events, sealed for the person they name, or with a key of their own when they name none."""
    handles = [blind_index(scope.tenant_id, *r.who) if r.who else os.urandom(BLIND_BYTES) for r in rejected]
    keys = keys_for(scope.tenant_id, set(handles))
    kind = KEY_KINDS.get(scope.kind or "", 2)
    cursor.executemany(
        f"""INSERT INTO "{scope.schema}".profiles_deadletter
                (received_at, reason, detail, handle, payload, status, type, key_kind, attempts)
            VALUES (now(), %s, %s, %s, %s, 'open', %s, %s, 0)""",
        [
            (
                r.reason,
                r.detail[:2000].replace("\x00", ""),
                h,
                seal(keys[h], r.raw),
                (r.type or "")[:20].replace("\x00", ""),
                kind,
            )
            for r, h in zip(rejected, handles, strict=True)
        ],
    )
