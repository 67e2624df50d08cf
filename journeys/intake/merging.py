"""Two shoppers turned out to be one: their ways and messages belong to the one who is kept."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from psycopg import Cursor

from ..engine.advance import StepMade
from ..engine.write import Counts, add_counts, count_end, insert_steps

AGAIN = "two shoppers were the same person, and this campaign writes to each once"
REASON = "two shoppers were the same person, and the other's way began earlier"


def merge(cursor: Cursor, schema: str, merged: Sequence[tuple[int, int]], now: dt.datetime) -> None:
    """`merged`: (gone, kept), in order. Of two live ways through one journey the older one stays."""
    final: dict[int, int] = {}
    for gone, kept in merged:
        for before, after in final.items():
            if after == gone:
                final[before] = kept
        final[gone] = kept
    people = sorted({*final, *final.values()})
    # Messages before ways, as the delivery locks them: the other way round the two could wait for each other.
    cursor.execute(
        f"""SELECT id FROM "{schema}".journeys_message WHERE profile_id = ANY(%b::bigint[]) ORDER BY id FOR UPDATE""",
        [people],
    )
    rows = cursor.execute(
        f"""SELECT id, journey_id, version_id, profile_id, node, visit FROM "{schema}".journeys_enrolment
            WHERE profile_id = ANY(%b::bigint[]) AND finished_at IS NULL ORDER BY entered_at, id FOR UPDATE""",
        [people],
        binary=True,
    ).fetchall()
    seen: set[tuple[int, int]] = set()
    ended = []
    profile: int
    for id_, journey, version, profile, node, visit in rows:  # type: ignore[assignment]
        place = (journey, final.get(profile, profile))
        if place in seen:
            ended.append((id_, version, node, visit))
        seen.add(place)
    if ended:
        _end(cursor, schema, ended, now)
    columns = [list(final), list(final.values())]
    _join_audiences(cursor, schema, columns)
    for table in ("enrolment", "message", "inboxmessage"):
        cursor.execute(
            f"""UPDATE "{schema}".journeys_{table} m SET profile_id = t.kept
                FROM unnest(%b::bigint[], %b::bigint[]) AS t(gone, kept) WHERE m.profile_id = t.gone""",
            columns,
        )
    _once_each(cursor, schema, list(set(final.values())), now)


def _once_each(cursor: Cursor, schema: str, kept: list[int], now: dt.datetime) -> None:
    """Of two messages of a campaign that have become one shopper's, one that waits is dropped."""
    cursor.execute(
        f"""UPDATE "{schema}".journeys_message SET state = 'skipped', reason = %b, decided_at = %b
            WHERE state IN ('queued', 'delayed') AND id IN (
                SELECT id FROM (
                    SELECT id, row_number() OVER (
                        PARTITION BY campaign_id, profile_id ORDER BY state IN ('queued', 'delayed'), id) AS place
                    FROM "{schema}".journeys_message
                    WHERE profile_id = ANY(%b::bigint[]) AND campaign_id IS NOT NULL AND state NOT IN ('skipped', 'failed')
                ) AS theirs WHERE place > 1)""",
        [AGAIN, now, kept],
    )


def _join_audiences(cursor: Cursor, schema: str, columns: list[list[int]]) -> None:
    """Of two places in a campaign's audience the decided one holds: nobody gets it a second time."""
    cursor.execute(
        f"""WITH moved AS (
                DELETE FROM "{schema}".journeys_campaignmember m
                USING unnest(%b::bigint[], %b::bigint[]) AS t(gone, kept) WHERE m.profile_id = t.gone
                RETURNING m.campaign_id, t.kept, m.unit, m.state, m.at
            )
            INSERT INTO "{schema}".journeys_campaignmember AS c (campaign_id, profile_id, unit, state, at)
            SELECT DISTINCT ON (campaign_id, kept) campaign_id, kept, unit, state, at FROM moved
            ORDER BY campaign_id, kept, state = 0
            ON CONFLICT (campaign_id, profile_id) DO UPDATE SET state = EXCLUDED.state, at = EXCLUDED.at
                WHERE c.state = 0 AND EXCLUDED.state <> 0""",
        columns,
    )


def _end(cursor: Cursor, schema: str, ended: Sequence[tuple[int, int, str, int]], now: dt.datetime) -> None:
    ids = [id_ for id_, *_ in ended]
    cursor.execute(
        f"""UPDATE "{schema}".journeys_enrolment SET finished_at = %b, outcome = 'merged', reason = %b, resume_at = NULL,
                   parked = false WHERE id = ANY(%b::bigint[])""",
        [now, REASON, ids],
    )
    cursor.execute(
        f"""UPDATE "{schema}".journeys_message SET state = 'skipped', reason = %b, decided_at = %b
            WHERE id IN (SELECT id FROM "{schema}".journeys_message WHERE enrolment_id = ANY(%b::bigint[])
                AND state IN ('queued', 'delayed') AND NOT by_hand)""",
        [REASON, now, ids],
    )
    counts: Counts = Counter()
    for _, version, node, _ in ended:
        counts[version, node, "left"] += 1
        count_end(counts, version, node, "merged")
    insert_steps(
        cursor,
        schema,
        ((id_, StepMade(visit, node, now, "", "merged", REASON)) for id_, _, node, visit in ended),
    )
    add_counts(cursor, schema, counts)
