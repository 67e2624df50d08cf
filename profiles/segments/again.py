"""Shoppers who were joined or taken apart anew: what they were in before is no news to anybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from psycopg import Cursor

# Of a segment and a profile: since when they were in it, as one person or as two.
Before = dict[tuple[int, int], dt.datetime]


def been_in(
    cursor: Cursor, schema: str, split: Sequence[tuple[int, int]], merged: Sequence[tuple[int, int]]
) -> Before:
    """(segment, profile) that an entry would only repeat. Call it before the profiles are judged.

    `split`: (from, to). Both were in what the one was in, or left, since they were joined; a name that never had a profile
    of its own was in all that the one ever was in. `merged`: (gone, kept). Who had been separated is in what either left
    since then. Stays are written in the transaction that ends them, which may begin a moment before its changes are noted.
    """
    found: Before = {}
    if split:
        rows = cursor.execute(
            f"""WITH parted AS (
                    SELECT t.a, t.b, coalesce((
                        SELECT max(at) - interval '1 minute' FROM "{schema}".profiles_identitychange c
                        WHERE c.what = 'merged' AND c.kept_id = t.a AND c.other_id = t.b), '-infinity') AS since
                    FROM unnest(%s::bigint[], %s::bigint[]) AS t(a, b)
                ), theirs AS (
                    SELECT m.segment_id, p.a, p.b, m.entered_at FROM parted p
                    JOIN "{schema}".profiles_segmentmember m ON m.profile_id = p.a
                    UNION ALL
                    SELECT s.segment_id, p.a, p.b, s.entered_at FROM parted p
                    JOIN "{schema}".profiles_segmentstay s ON s.profile_id = p.a AND s.left_at >= p.since
                )
                SELECT segment_id, unnest(ARRAY[a, b]), min(entered_at) FROM theirs GROUP BY 1, 2""",
            [[a for a, _ in split], [b for _, b in split]],
        ).fetchall()
        found.update({(segment, profile): at for segment, profile, at in rows})
    if merged:
        rows = cursor.execute(
            f"""SELECT s.segment_id, t.kept, min(s.entered_at)
                FROM unnest(%s::bigint[], %s::bigint[]) AS t(gone, kept)
                CROSS JOIN LATERAL (
                    SELECT max(at) - interval '1 minute' AS since FROM "{schema}".profiles_identitychange c
                    WHERE c.what IN ('unmerged', 'split')
                        AND c.kept_id IN (t.gone, t.kept) AND c.other_id IN (t.gone, t.kept)) AS apart
                JOIN "{schema}".profiles_segmentstay s
                    ON s.profile_id IN (t.gone, t.kept) AND s.left_at >= apart.since
                GROUP BY 1, 2""",
            [[gone for gone, _ in merged], [kept for _, kept in merged]],
        ).fetchall()
        found.update({(segment, profile): at for segment, profile, at in rows})
    return found


def keep_dates(cursor: Cursor, schema: str, entered: Sequence[tuple[int, int]], before: Before) -> None:
    """They have been members since they were first, and not since somebody looked who they are."""
    known = [key for key in entered if key in before]
    if known:
        cursor.execute(
            f"""UPDATE "{schema}".profiles_segmentmember m SET entered_at = t.at
                FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS t(segment_id, profile_id, at)
                WHERE m.segment_id = t.segment_id AND m.profile_id = t.profile_id""",
            [[s for s, _ in known], [p for _, p in known], [before[key] for key in known]],
        )
