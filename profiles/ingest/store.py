"""One transaction per request: message keys, events, their places in the queue, dead letters, the due row."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from django.db import connection, transaction
from psycopg import Cursor

from compliance.names import forms, may_be_address
from compliance.redaction import redact_patterns
from compliance.suppression import suppressed
from tenants import vault
from tenants.crypto import BLIND_BYTES, blind_index, seal
from tenants.due import mark_due
from tenants.scope import Scope

from ..arrivals.names import shown_name
from ..arrivals.turned_away import count_turned_away
from ..lanes import first_lane, lane_sql
from ..refusals import refusing
from .wire import Incoming, Rejected

KEY_KINDS = {"publishable": 1, "secret": 2}
QUEUE = "events"
# Shorter than tenants.due.LONGEST_TRANSACTION: the due row of this transaction is still there when it commits.
_TIMEOUT = "SET LOCAL transaction_timeout = '10s'"


class Stored(NamedTuple):
    """How many events are new, and how many were refused because their person was erased. Others were duplicates."""

    fresh: int
    suppressed: int


@lru_cache(maxsize=4096)
def _insert(schema: str) -> str:
    # Keys are inserted in their own order, so that two requests with the same events can't lock each other out;
    # events in the order of the request, so that ids tell a shopper's order. That somebody was erased is asked here,
    # whatever this process remembers: another one may have destroyed the key a moment ago.
    return f"""
        WITH incoming AS (
            SELECT encode(key, 'hex')::uuid AS key, type, handle, payload, flags, place
            FROM unnest(%b::bytea[], %b::smallint[], %b::bytea[], %b::bytea[], %b::smallint[])
                 WITH ORDINALITY AS t(key, type, handle, payload, flags, place)
            WHERE NOT EXISTS (SELECT 1 FROM "{schema}".compliance_suppression s WHERE s.blind = handle)
        ), fresh AS (
            INSERT INTO "{schema}".profiles_messagekey (key, received_on)
            SELECT key, (%b::timestamptz AT TIME ZONE 'UTC')::date FROM incoming ORDER BY key
            ON CONFLICT DO NOTHING RETURNING key
        ), stored AS (
            INSERT INTO "{schema}".profiles_event (received_at, type, handle, message_key, payload, key_kind, flags)
            SELECT %b, type, handle, key, payload, %b, flags FROM incoming JOIN fresh USING (key) ORDER BY place
            RETURNING id, handle, received_at
        ), queued AS (
            INSERT INTO "{schema}".profiles_eventqueue (event_id, lane, received_at, attempts)
            SELECT id, {lane_sql("handle", "%b::int")}, received_at, 0 FROM stored RETURNING 1
        )
        SELECT (SELECT count(*) FROM queued), (SELECT count(*) FROM incoming)"""


def store(
    scope: Scope,
    events: Sequence[Incoming],
    rejected: Sequence[Rejected],
    received: dt.datetime,
    source: str = "",
) -> Stored:
    """Make everything durable, except what names an erased person: of that nothing is kept.

    `source`: who brings them; what is brought in bulk waits behind what happens now.
    Raises OperationalError when the database is away: then nothing was stored.
    """
    unique: dict[bytes, Incoming] = {}
    for event in events:
        unique.setdefault(event.key, event)
    stored = Stored(0, 0)
    if not unique and not rejected:
        return stored
    with transaction.atomic():
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            cursor.execute(_TIMEOUT)
            if unique:
                stored = _store_events(cursor, scope, list(unique.values()), received, source)
            if rejected:
                keep_letters(cursor, scope, rejected, source)
            count_turned_away(cursor, scope, len(events) - sum(stored), rejected, received)
            if stored.fresh:
                # Last: whoever inserts a second's row first makes the others wait until it commits.
                mark_due(cursor, scope.tenant_id, QUEUE)
    return stored


def _store_events(
    cursor: Cursor, scope: Scope, events: list[Incoming], received: dt.datetime, source: str
) -> Stored:
    tenant_id = scope.tenant_id
    handles = [blind_index(tenant_id, *event.who) for event in events]
    if respelt := _respelt(cursor, scope, {e.who: h for e, h in zip(events, handles, strict=True)}):
        pairs = [(e, h) for e, h in zip(events, handles, strict=True) if h not in respelt]
        kept, handles = [e for e, _ in pairs], [h for _, h in pairs]
    else:
        kept = events
    # The visitor's key is made here too, so that a worker never makes it while a request waits for the row.
    visitors = {
        blind_index(tenant_id, "anonymous_id", e.anonymous_id)
        for e in kept
        if e.anonymous_id is not None and e.who[0] != "anonymous_id"
    }
    keys = keys_for(cursor, scope, {*handles, *visitors})
    taken = [(e, h) for e, h in zip(kept, handles, strict=True) if h in keys]
    row = cursor.execute(
        _insert(scope.schema),
        [
            [e.key for e, _ in taken],
            [e.type for e, _ in taken],
            [h for _, h in taken],
            [seal(keys[h], e.payload) for e, h in taken],
            [e.flags for e, _ in taken],
            received,
            received,
            KEY_KINDS.get(scope.kind or "", 2),
            first_lane(source),
        ],
        prepare=True,
    ).fetchone()
    fresh, known = row or (0, 0)
    return Stored(fresh, len(events) - known)


def _respelt(cursor: Cursor, scope: Scope, handles: dict[tuple[str, str], bytes]) -> set[bytes]:
    """Those of `handles` that are an erased person's address in another spelling. No query when none is an address."""
    spellings = {h: forms(scope.tenant_id, *who) for who, h in handles.items() if may_be_address(who[1])}
    if not spellings:
        return set()
    erased = suppressed(cursor, scope.schema, set().union(*spellings.values()))
    return {handle for handle, blinds in spellings.items() if blinds & erased}


def keys_for(cursor: Cursor, scope: Scope, handles: set[bytes]) -> dict[bytes, bytes]:
    """Keys of persons: read first, because making them locks even those that exist. Erased people get none."""
    keys = vault.existing_person_keys(scope.tenant_id, handles)
    missing = handles - keys.keys()
    if missing:
        missing -= suppressed(cursor, scope.schema, missing)
        keys.update(vault.person_keys(scope.tenant_id, missing))
    return keys


def keep_letters(cursor: Cursor, scope: Scope, rejected: Sequence[Rejected], source: str = "") -> None:
    """Store refused events, sealed for the person they name, or with a key of their own when they name none.

    Those of erased people, and of shoppers who refuse analytics, are not kept.
    """
    handles = [blind_index(scope.tenant_id, *r.who) if r.who else os.urandom(BLIND_BYTES) for r in rejected]
    named = {r.who: h for r, h in zip(rejected, handles, strict=True) if r.who}
    refused = refusing(cursor, scope.schema, handles) | _respelt(cursor, scope, named)
    keys = keys_for(cursor, scope, set(handles) - refused)
    kind = KEY_KINDS.get(scope.kind or "", 2)
    cursor.executemany(
        f"""INSERT INTO "{scope.schema}".profiles_deadletter
                (received_at, reason, detail, handle, payload, status, type, key_kind, attempts, event, path, source)
            VALUES (now(), %s, %s, %s, %s, 'open', %s, %s, 0, %s, %s, %s)""",
        [
            (
                r.reason,
                redact_patterns(r.detail[:2000]).text.replace("\x00", ""),
                h,
                seal(keys[h], r.raw),
                (r.type or "")[:20].replace("\x00", ""),
                kind,
                shown_name(r.event) if r.type == "track" else "",
                redact_patterns(r.path[:200]).text.replace("\x00", ""),
                source,
            )
            for r, h in zip(rejected, handles, strict=True)
            if h in keys
        ],
    )
