"""Sizes of segments, and how many came and left on each day: noted by batches, folded later, so that batches share no row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from psycopg import Cursor

from .changes import SegmentChange

DAY = "(now() AT TIME ZONE 'UTC')::date"
ADDED = """ON CONFLICT (segment_id, day) DO UPDATE SET members = EXCLUDED.members,
            entered = d.entered + EXCLUDED.entered, "left" = d."left" + EXCLUDED."left\""""


def count(cursor: Cursor, schema: str, changes: Sequence[SegmentChange]) -> None:
    came = Counter(change.segment_id for change in changes if change.entered)
    went = Counter(change.segment_id for change in changes if not change.entered)
    tally(cursor, schema, {s: came[s] - went[s] for s in came | went}, came, went)


def tally(
    cursor: Cursor,
    schema: str,
    sizes: Mapping[int, int],
    came: Mapping[int, int] | None = None,
    went: Mapping[int, int] | None = None,
) -> None:
    came, went = came or {}, went or {}
    moved = [segment for segment, change in sizes.items() if change or came.get(segment)]
    if moved:
        cursor.execute(
            f"""INSERT INTO "{schema}".profiles_segmenttally (segment_id, change, entered, gone)
                SELECT * FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[])""",
            [
                moved,
                [sizes[segment] for segment in moved],
                [came.get(segment, 0) for segment in moved],
                [went.get(segment, 0) for segment in moved],
            ],
        )


def fold_tallies(cursor: Cursor, schema: str) -> None:
    """Add what batches noted to the sizes of the segments, and to what the day says of them."""
    cursor.execute(
        f"""WITH noted AS (DELETE FROM "{schema}".profiles_segmenttally RETURNING segment_id, change, entered, gone),
                 total AS (SELECT segment_id, sum(change) AS change, sum(entered) AS entered, sum(gone) AS gone
                           FROM noted GROUP BY 1),
                 sized AS (UPDATE "{schema}".profiles_segment s SET members = greatest(0, s.members + t.change)
                           FROM total t WHERE s.id = t.segment_id RETURNING s.id, s.members, t.entered, t.gone)
            INSERT INTO "{schema}".profiles_segmentday AS d (segment_id, day, members, entered, "left")
            SELECT id, {DAY}, members, entered, gone FROM sized {ADDED}"""
    )
