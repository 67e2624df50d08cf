"""Which enrolments a worker takes: the longest due first, each locked by one worker."""

from __future__ import annotations

from collections.abc import Callable

from psycopg import Cursor

from ..nodes.base import Enrolled

BATCH = 500
Question = Callable[[Cursor, str], bool]


def claim(cursor: Cursor, schema: str, limit: int = BATCH) -> list[Enrolled]:
    """Lock what is due and free, until the end of the cursor's transaction."""
    rows = cursor.execute(
        f"""SELECT id, journey_id, version_id, profile_id, unit, node, visit, entered_at, waiting_since, resume_at,
                   woken, woken_detail, attempts, context
            FROM "{schema}".journeys_enrolment WHERE resume_at <= statement_timestamp()
            ORDER BY resume_at LIMIT %b FOR UPDATE SKIP LOCKED""",
        [limit],
        binary=True,
        prepare=True,
    ).fetchall()
    return [Enrolled(*row) for row in rows]


def work_waits(cursor: Cursor, schema: str) -> bool:
    """Whether enrolments are due, may go on after a pause, or have to leave an archived journey."""
    row = cursor.execute(
        f"""SELECT EXISTS (SELECT 1 FROM "{schema}".journeys_enrolment WHERE resume_at <= statement_timestamp())
            OR EXISTS (SELECT 1 FROM "{schema}".journeys_enrolment e JOIN "{schema}".journeys_journey j
                       ON j.id = e.journey_id WHERE e.parked AND j.status <> 'paused')
            OR EXISTS (SELECT 1 FROM "{schema}".journeys_journey j JOIN "{schema}".journeys_enrolment e
                       ON e.journey_id = j.id AND e.finished_at IS NULL
                       WHERE j.status = 'archived' AND NOT e.parked AND (e.resume_at IS NULL OR e.resume_at > statement_timestamp()))"""
    ).fetchone()
    return bool(row and row[0])


def call_up(cursor: Cursor, schema: str, limit: int = 2_000) -> int:
    """Make due who waited for a pause to end, and who is still in an archived journey; how many."""
    cursor.execute(
        f"""UPDATE "{schema}".journeys_enrolment SET parked = false, resume_at = statement_timestamp() WHERE id IN (
                SELECT e.id FROM "{schema}".journeys_enrolment e JOIN "{schema}".journeys_journey j
                    ON j.id = e.journey_id
                WHERE e.parked AND j.status <> 'paused' LIMIT %b FOR UPDATE OF e SKIP LOCKED)""",
        [limit],
    )
    count = cursor.rowcount
    cursor.execute(
        f"""UPDATE "{schema}".journeys_enrolment SET resume_at = statement_timestamp() WHERE id IN (
                SELECT e.id FROM "{schema}".journeys_journey j JOIN "{schema}".journeys_enrolment e
                    ON e.journey_id = j.id AND e.finished_at IS NULL
                WHERE j.status = 'archived' AND NOT e.parked AND (e.resume_at IS NULL OR e.resume_at > statement_timestamp())
                LIMIT %b FOR UPDATE OF e SKIP LOCKED)""",
        [limit],
    )
    return count + cursor.rowcount
