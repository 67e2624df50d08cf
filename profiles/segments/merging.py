"""Membership and stays follow profiles that are merged."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Cursor

from .tallies import tally


def follow_merges(cursor: Cursor, schema: str, merged: Sequence[tuple[int, int]]) -> None:
    """What a merged profile was a member of, the kept one is from then on, until it is judged itself."""
    if not merged:
        return
    final = dict(merged)
    kept = []
    for _, into in merged:
        while into in final:
            into = final[into]
        kept.append(into)
    rows = cursor.execute(
        f"""WITH moved AS (
                DELETE FROM "{schema}".profiles_segmentmember m
                USING unnest(%s::bigint[], %s::bigint[]) AS t(gone, kept) WHERE m.profile_id = t.gone
                RETURNING m.segment_id, t.kept, m.entered_at
            ), ours AS (
                INSERT INTO "{schema}".profiles_segmentmember AS m (segment_id, profile_id, entered_at)
                SELECT segment_id, kept, min(entered_at) FROM moved GROUP BY 1, 2
                ON CONFLICT (segment_id, profile_id) DO UPDATE SET entered_at = least(m.entered_at, EXCLUDED.entered_at)
                RETURNING segment_id, (xmax = 0) AS is_new
            )
            SELECT segment_id, sum(n)::int FROM (
                SELECT segment_id, -1 AS n FROM moved UNION ALL SELECT segment_id, 1 FROM ours WHERE is_new) AS t
            GROUP BY 1""",
        [[gone for gone, _ in merged], kept],
    ).fetchall()
    tally(cursor, schema, dict(rows))
    cursor.execute(
        f"""UPDATE "{schema}".profiles_segmentstay s SET profile_id = t.kept
            FROM unnest(%s::bigint[], %s::bigint[]) AS t(gone, kept) WHERE s.profile_id = t.gone""",
        [[gone for gone, _ in merged], kept],
    )
