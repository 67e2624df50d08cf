"""Which waiting events a worker takes: whole lanes, oldest first, one worker per lane at a time.

A lane is a hash of the person, so a shopper's events are processed in the order of their ids. The lock of a lane ends
with the transaction, after its deletions are visible: the next holder never sees an event twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from psycopg import Cursor

BATCH = 500
# Fewer than all sixteen, so that a second worker finds lanes of its own.
LANES_AT_ONCE = 8


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


def claim(cursor: Cursor, schema: str, limit: int = BATCH) -> list[Claimed]:
    """Lock up to eight free lanes and read their oldest events. Empty: nothing waits, or others hold it."""
    lanes = cursor.execute(
        f"""WITH waiting AS MATERIALIZED (
                SELECT lane, first FROM generate_series(0, 15) AS lane CROSS JOIN LATERAL (
                    SELECT event_id AS first FROM "{schema}".profiles_eventqueue q WHERE q.lane = lane.lane
                    ORDER BY event_id LIMIT 1) AS oldest
                ORDER BY first
            )
            SELECT lane FROM waiting WHERE pg_try_advisory_xact_lock(hashtext(%s), lane) LIMIT {LANES_AT_ONCE}""",
        [f"{schema}:events"],
    ).fetchall()
    if not lanes:
        return []
    # A statement of its own: its snapshot is taken after the locks, so it sees what their last holders deleted.
    rows = cursor.execute(
        f"""WITH taken AS MATERIALIZED (
                SELECT event_id, received_at, attempts FROM "{schema}".profiles_eventqueue
                WHERE lane = ANY(%b::smallint[]) ORDER BY event_id LIMIT %b
            )
            SELECT e.id, e.received_at, e.type, e.handle, e.message_key::text, e.payload, e.key_kind, t.attempts,
                e.flags
            FROM taken t JOIN "{schema}".profiles_event e ON e.received_at = t.received_at AND e.id = t.event_id
            ORDER BY e.id""",
        [[lane for (lane,) in lanes], limit],
        binary=True,
    ).fetchall()
    return [Claimed(*row) for row in rows]
