"""Which waiting events a worker takes: whole lanes, oldest first, one worker per lane at a time.

A lane is a hash of the person, so a shopper's events are processed in the order of their ids. The lock of a lane ends
with the transaction, after its deletions are visible: the next holder never sees an event twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from psycopg import Cursor

from ..lanes import BULK, LANES, LIVE

# Statements cost the same for a thousand events as for one, and while many wait a shopper's come together.
BATCH = 1000
# Fewer than all, so that a second worker finds lanes of its own.
MOST_LANES = LANES // 2


@dataclass(slots=True)
class Claimed:
    """A stored event, still sealed. `flags`: bits of profiles.flags."""

    id: int
    received_at: dt.datetime
    type: int
    handle: bytes
    message_key: str
    payload: bytes
    key_kind: int
    attempts: int
    flags: int = 0
    bulk: bool = False  # brought in by an import, not sent as it happened


def claim(cursor: Cursor, schema: str, limit: int = BATCH) -> list[Claimed]:
    """Lock free lanes and read their oldest events: live ones, else those brought in bulk.

    Empty: nothing waits, or others hold it.
    """
    for lanes in (LIVE, BULK):
        held = _hold(cursor, schema, lanes, limit)
        if held:
            return _read(cursor, schema, held, limit, bulk=lanes is BULK)
    return []


def _hold(cursor: Cursor, schema: str, lanes: range, limit: int) -> list[int]:
    """Lock as many of the longest waiting lanes as together hold about `limit` events.

    A few lanes to the bottom rather than all of them at the top: a shopper who has several events there is read and
    written once for all.
    """
    rows = cursor.execute(
        f"""WITH waiting AS MATERIALIZED (
                SELECT lane, first, n FROM generate_series({lanes.start}, {lanes.stop - 1}) AS lane
                CROSS JOIN LATERAL (
                    SELECT min(event_id) AS first, count(*) AS n FROM (
                        SELECT event_id FROM "{schema}".profiles_eventqueue q WHERE q.lane = lane.lane
                        ORDER BY event_id LIMIT %b) AS front) AS oldest
                WHERE n > 0 ORDER BY first
            )
            SELECT lane FROM waiting WHERE pg_try_advisory_xact_lock(hashtext(%b), lane)
            LIMIT (SELECT least({MOST_LANES}, greatest(1, ceil(%b / avg(n)))) FROM waiting)""",
        # Counted no deeper than a few lanes would fill the batch.
        [max(1, limit // 4), f"{schema}:events", limit],
        prepare=True,
    ).fetchall()
    return [lane for (lane,) in rows]


def _read(cursor: Cursor, schema: str, lanes: list[int], limit: int, *, bulk: bool) -> list[Claimed]:
    # A statement of its own: its snapshot is taken after the locks, so it sees what their last holders deleted.
    rows = cursor.execute(
        f"""WITH taken AS MATERIALIZED (
                SELECT q.* FROM unnest(%b::smallint[]) AS held(lane) CROSS JOIN LATERAL (
                    SELECT event_id, received_at, attempts FROM "{schema}".profiles_eventqueue q
                    WHERE q.lane = held.lane ORDER BY event_id LIMIT %b) AS q
                ORDER BY event_id LIMIT %b
            )
            SELECT e.id, e.received_at, e.type, e.handle, e.message_key::text, e.payload, e.key_kind, t.attempts,
                e.flags
            FROM taken t JOIN "{schema}".profiles_event e ON e.received_at = t.received_at AND e.id = t.event_id
            ORDER BY e.id""",
        [lanes, limit, limit],
        binary=True,
        prepare=True,
    ).fetchall()
    claimed = [Claimed(*row) for row in rows]
    if bulk:
        for event in claimed:
            event.bulk = True
    return claimed
