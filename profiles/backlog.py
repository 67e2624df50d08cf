"""How many events wait for a worker, and how long the oldest has: backpressure that people and machines can see."""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection

from tenants import redis
from tenants.models import Tenant

from .ingest.store import QUEUE
from .lanes import BULK, LIVE

# Counted no further: beyond this the number decides nothing.
MOST_COUNTED = 1_000_000
REMEMBERED_SECONDS = 2.0
# Said by `/ready` from here on.
BEHIND_SECONDS = 10.0
# So long after the last look is a full queue believed to be full.
FULL_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Backlog:
    """Of one tenant. `live` and `bulk` events wait, at most `MOST_COUNTED` of each; `seconds`: the oldest live one."""

    schema: str
    slug: str
    live: int
    bulk: int
    seconds: float


_lock = threading.Lock()
_known: tuple[float, list[Backlog]] = (0.0, [])


def backlogs() -> list[Backlog]:
    """Of every tenant whose events wait, at most two seconds old. Raises DatabaseError when the database is away."""
    global _known
    with _lock:
        at, found = _known
        if time.monotonic() - at > REMEMBERED_SECONDS or not at:
            found = _look()
            _known = time.monotonic(), found
        return found


def forget() -> None:
    global _known
    _known = 0.0, []


def backlog_of(schema: str, slug: str = "") -> Backlog:
    """What waits in one tenant's queue now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT (SELECT count(*) FROM (SELECT 1 FROM {_queue(schema)} WHERE lane < {BULK.start}
                                              LIMIT {MOST_COUNTED}) AS live),
                       (SELECT count(*) FROM (SELECT 1 FROM {_queue(schema)} WHERE lane >= {BULK.start}
                                              LIMIT {MOST_COUNTED}) AS bulk),
                       (SELECT min(first.received_at) FROM generate_series({LIVE.start}, {LIVE.stop - 1}) AS l(lane)
                        CROSS JOIN LATERAL (SELECT received_at FROM {_queue(schema)} q WHERE q.lane = l.lane
                                            ORDER BY event_id LIMIT 1) AS first)"""
        )
        live, bulk, oldest = cursor.fetchone()
    waited = (dt.datetime.now(dt.UTC) - oldest).total_seconds() if oldest else 0.0
    return Backlog(schema, slug, live, bulk, max(0.0, waited))


def note_full(schema: str, most: int) -> bool:
    """Tell the doors when more than `most` live events wait; whether it is so. Says nothing while Valkey is away."""
    full = _span(schema) > most > 0 and backlog_of(schema).live > most
    if full:
        try:
            redis.run(lambda client: client.set(full_key(schema), 1, ex=FULL_SECONDS))
        except redis.Unavailable:
            return full
    return full


def _span(schema: str) -> int:
    """At least as many as wait, without counting them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(event_id) - min(event_id) + 1, 0) FROM {_queue(schema)}")
        return int(cursor.fetchone()[0])


def full_key(schema: str) -> str:
    return f"{schema}:events-full"


def _look() -> list[Backlog]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT t.schema_name, t.slug FROM public.tenants_due d
               JOIN public.tenants_tenant t ON t.id = d.tenant_id
               WHERE d.queue = %s AND t.status <> %s AND to_regnamespace(quote_ident(t.schema_name)) IS NOT NULL
               ORDER BY 1""",
            [QUEUE, Tenant.Status.OFFBOARDING],
        )
        due: list[Any] = cursor.fetchall()
    found = []
    for schema, slug in due:
        try:
            found.append(backlog_of(schema, slug))
        except DatabaseError:
            if not connection.is_usable():
                raise
            continue  # offboarded a moment ago
    return [one for one in found if one.live or one.bulk]


def _queue(schema: str) -> str:
    return f'"{schema}".profiles_eventqueue'
