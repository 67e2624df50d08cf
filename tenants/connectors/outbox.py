"""What destinations wait for, written in the transaction that made it: nothing is missed that commits late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from psycopg import Cursor

QUEUE = "destinations"


def put(cursor: Cursor, schema: str, stream: str, ids: Sequence[int], moments: Sequence[dt.datetime]) -> None:
    """Note rows of `stream` for every destination that gets it, paused ones included. One statement."""
    if ids:
        cursor.execute(
            f"""INSERT INTO "{schema}".workspace_outboxentry (destination_id, stream, ids, moments, created_at)
                SELECT id, %b, %b::bigint[], %b::timestamptz[], now() FROM "{schema}".workspace_destination
                WHERE %b = ANY(streams) AND state <> 'removing'""",
            [stream, list(ids), list(moments), stream],
        )


def wanted(cursor: Cursor, schema: str, stream: str) -> bool:
    """Whether any destination gets `stream`."""
    row = cursor.execute(
        f"""SELECT EXISTS (SELECT 1 FROM "{schema}".workspace_destination
                           WHERE %b = ANY(streams) AND state <> 'removing')""",
        [stream],
    ).fetchone()
    return bool(row and row[0])


def seal(
    cursor: Cursor, schema: str, destination_id: int, stream: str, now: dt.datetime, *, most: int, age: float
) -> int:
    """Turn waiting rows of the stream into one delivery, when `most` wait or the oldest is `age` seconds old.

    How many rows; 0: it is not time yet. The delivery keeps its rows and its key, whatever happens to it.
    """
    ready = cursor.execute(
        f"""SELECT coalesce(sum(cardinality(ids)), 0), min(created_at) FROM (
                SELECT ids, created_at FROM "{schema}".workspace_outboxentry
                WHERE destination_id = %b AND stream = %b ORDER BY id LIMIT 2000) AS waiting""",
        [destination_id, stream],
    ).fetchone()
    if not ready or not ready[0] or (ready[0] < most and (now - ready[1]).total_seconds() < age):
        return 0
    entries = cursor.execute(
        f"""SELECT id, ids, moments FROM "{schema}".workspace_outboxentry
            WHERE destination_id = %b AND stream = %b ORDER BY id LIMIT 2000 FOR UPDATE SKIP LOCKED""",
        [destination_id, stream],
        binary=True,
    ).fetchall()
    taken: list[int] = []
    ids: list[int] = []
    moments: list[dt.datetime] = []
    for entry, its_ids, its_moments in entries:
        if ids and len(ids) + len(its_ids) > most:
            break
        taken.append(entry)
        ids += its_ids
        moments += its_moments
    if not taken:
        return 0
    add_delivery(cursor, schema, destination_id, stream, now, ids=ids, moments=moments)
    cursor.execute(f'DELETE FROM "{schema}".workspace_outboxentry WHERE id = ANY(%b::bigint[])', [taken])
    return len(ids)


def add_delivery(
    cursor: Cursor,
    schema: str,
    destination_id: int,
    stream: str,
    now: dt.datetime,
    *,
    ids: Sequence[int] | None = None,
    moments: Sequence[dt.datetime] | None = None,
    portion: str = "{}",
    history: bool = False,
) -> None:
    """A new delivery, due at once. `portion`: JSON."""
    cursor.execute(
        f"""INSERT INTO "{schema}".workspace_delivery
                (destination_id, stream, key, portion, ids, moments, history, state, attempts, next_at, error, rows,
                 left_out, bytes, created_at)
            VALUES (%b, %b, gen_random_uuid(), %b::jsonb, %b::bigint[], %b::timestamptz[], %b, 'waiting', 0, %b, '', 0,
                    0, 0, %b)""",
        [
            destination_id,
            stream,
            portion,
            list(ids) if ids is not None else None,
            list(moments) if moments is not None else None,
            history,
            now,
            now,
        ],
    )
