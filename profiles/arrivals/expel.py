"""Visitors who were taken for bots when much of theirs had counted already: that is taken back, or given back."""

from __future__ import annotations

from collections.abc import Collection

from psycopg import Cursor

from tenants.due import mark_due
from tenants.scope import Scope

from ..features.sessions import GAP_SECONDS
from ..flags import BOT, NOT_COUNTED, ROBOTIC
from ..lanes import lane_sql

# How far back a visit is followed; it ends where nothing came for half an hour.
DAY = "interval '1 day'"
QUEUE = "events"


def expel(cursor: Cursor, scope: Scope, handles: Collection[bytes]) -> list[int]:
    """Mark what these sent in the visit that goes on as a bot's; the profiles for which it had counted.

    Make those anew (identity.rebuild): what the marked events made of them goes with that.
    """
    schema = scope.schema
    rows = cursor.execute(
        f"""WITH theirs AS (
                SELECT blind AS handle, profile_id FROM "{schema}".profiles_identifier
                WHERE blind = ANY(%b::bytea[]) AND profile_id IS NOT NULL
                UNION SELECT c.visitor, i.profile_id FROM "{schema}".profiles_claim c
                    JOIN "{schema}".profiles_identifier i ON i.blind = c.shopper
                    WHERE c.visitor = ANY(%b::bytea[]) AND i.profile_id IS NOT NULL
            ), sent AS (
                SELECT e.received_at, e.id, e.handle, coalesce(
                    lag(e.received_at) OVER newest_first, now()) - e.received_at AS silence
                FROM theirs t JOIN "{schema}".profiles_event e ON e.profile_id = t.profile_id AND e.handle = t.handle
                WHERE e.received_at > now() - {DAY} AND e.flags & {NOT_COUNTED} = 0
                WINDOW newest_first AS (PARTITION BY e.handle ORDER BY e.received_at DESC, e.id DESC)
            ), visit AS (
                SELECT received_at, id, count(*) FILTER (WHERE silence > interval '{GAP_SECONDS} seconds')
                    OVER (PARTITION BY handle ORDER BY received_at DESC, id DESC) AS ended
                FROM sent
            )
            UPDATE "{schema}".profiles_event e SET flags = e.flags | {BOT | ROBOTIC} FROM visit v
            WHERE v.ended = 0 AND e.received_at = v.received_at AND e.id = v.id RETURNING e.profile_id""",
        [list(handles), list(handles)],
    ).fetchall()
    return sorted({row[0] for row in rows if row[0] is not None})


def readmit(cursor: Cursor, scope: Scope, handle: bytes) -> int:
    """Staff says that it is a person: what was marked by how fast it came is processed as if it came now; how many events."""
    schema = scope.schema
    cursor.execute(
        f"""WITH freed AS (
                UPDATE "{schema}".profiles_event e SET flags = e.flags & ~{BOT | ROBOTIC}, profile_id = NULL
                FROM "{schema}".profiles_suspect s
                WHERE s.handle = %b AND e.handle = s.handle AND e.received_at > s.since - {DAY}
                    AND e.flags & {ROBOTIC} <> 0
                RETURNING e.id, e.handle, e.received_at
            )
            INSERT INTO "{schema}".profiles_eventqueue (event_id, lane, received_at, attempts)
            SELECT id, {lane_sql("handle", "0")}, received_at, 0 FROM freed ON CONFLICT DO NOTHING""",
        [handle],
    )
    freed = cursor.rowcount
    if freed:
        mark_due(cursor, scope.tenant_id, QUEUE)
    return freed
