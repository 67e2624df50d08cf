"""Events as they came, their places in the queue, and the message ids that counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import orjson
from django.db import connection

from compliance.registry import Person
from tenants import vault
from tenants.crypto import Unreadable, unseal

from ..processing.decode import PUBLISHABLE

PORTION = 2_000
# Events that no worker has counted yet, or that failed, name their person by the handle alone. The index on
# (profile_id, received_at) finds both, since it also holds the rows without a profile.
_OF_PERSON = "(profile_id = ANY(%(profiles)s) OR (profile_id IS NULL AND handle = ANY(%(blinds)s::bytea[])))"
_TYPE_NAMES = {1: "identify", 2: "track", 3: "page", 4: "screen", 5: "group", 6: "alias"}


def export(person: Person) -> Iterator[dict[str, Any]]:
    """Every event, readable, oldest receipt first."""
    for type_, received_at, stored in opened(person):
        event = stored.get("event", {})
        at = stored.get("at")
        yield {
            "type": _TYPE_NAMES.get(type_, str(type_)),
            "received_at": received_at.isoformat(),
            "happened_at": dt.datetime.fromtimestamp(at / 1e6, dt.UTC).isoformat() if at else None,
            "event": event,
            "context": event.get("context") or stored.get("context"),
        }


def opened(person: Person) -> Iterator[tuple[int, dt.datetime, dict[str, Any]]]:
    """(type, received, what the door stored) of every event that can still be read, in portions."""
    for type_, received_at, _, stored in opened_with_source(person):
        yield type_, received_at, stored


def opened_with_source(person: Person) -> Iterator[tuple[int, dt.datetime, bytes | None, dict[str, Any]]]:
    """The same with the identifier that a server sent it for, None when a browser sent it."""
    after: tuple[dt.datetime, int] = (dt.datetime(1970, 1, 1, tzinfo=dt.UTC), 0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT received_at, id, type, handle, payload, key_kind FROM "{person.scope.schema}".profiles_event
                    WHERE {_OF_PERSON} AND (received_at, id) > (%(at)s, %(id)s)
                    ORDER BY received_at, id LIMIT {PORTION}""",
                {**_named(person), "at": after[0], "id": after[1]},
            )
            rows = cursor.fetchall()
        if not rows:
            return
        after = (rows[-1][0], rows[-1][1])
        keys = vault.existing_person_keys(person.scope.tenant_id, {bytes(row[3]) for row in rows})
        for received_at, _, type_, handle, payload, key_kind in rows:
            key = keys.get(bytes(handle))
            if key is None:
                continue
            try:
                said_for = bytes(handle) if key_kind != PUBLISHABLE else None
                yield type_, received_at, said_for, orjson.loads(unseal(key, bytes(payload)))
            except (Unreadable, orjson.JSONDecodeError):
                continue


def erase(person: Person) -> int:
    """Delete the events with their places in the queue and their message ids; how many events."""
    deleted = 0
    schema = person.scope.schema
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""WITH chosen AS (
                        SELECT received_at, id FROM "{schema}".profiles_event WHERE {_OF_PERSON} LIMIT {PORTION}
                    ), gone AS (
                        DELETE FROM "{schema}".profiles_event e USING chosen c
                        WHERE e.received_at = c.received_at AND e.id = c.id RETURNING e.id, e.message_key
                    ), ids AS (
                        DELETE FROM "{schema}".profiles_messagekey WHERE key IN (SELECT message_key FROM gone)
                    ), orders AS (
                        DELETE FROM "{schema}".profiles_orderseen WHERE message_key IN (SELECT message_key FROM gone)
                    ), waiting AS (
                        DELETE FROM "{schema}".profiles_eventqueue WHERE event_id IN (SELECT id FROM gone)
                    )
                    SELECT count(*) FROM gone""",
                _named(person),
            )
            count = int(cursor.fetchone()[0])
        deleted += count
        if count < PORTION:
            return deleted


def verify(person: Person) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM "{person.scope.schema}".profiles_event WHERE {_OF_PERSON}', _named(person)
        )
        return int(cursor.fetchone()[0])


def _named(person: Person) -> dict[str, Any]:
    return {"profiles": list(person.profile_ids), "blinds": list(person.blinds)}
