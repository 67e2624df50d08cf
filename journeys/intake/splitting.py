"""One shopper turned out to be two: each gets the ways and messages that began as theirs."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Cursor


def give_back(cursor: Cursor, schema: str, split: Sequence[tuple[int, int]]) -> None:
    """`split`: (from, to). What was begun under the unit of the second goes to them, with what was sent on the way.

    A way that ended because the two were taken for one stays ended: nobody is written to twice.
    """
    if not split:
        return
    columns = [[a for a, _ in split], [b for _, b in split]]
    people = sorted({profile for pair in split for profile in pair})
    # Messages before ways, as the delivery locks them.
    cursor.execute(
        f"""SELECT id FROM "{schema}".journeys_message WHERE profile_id = ANY(%b::bigint[]) ORDER BY id FOR UPDATE""",
        [people],
    )
    moved = cursor.execute(
        f"""UPDATE "{schema}".journeys_enrolment e SET profile_id = p.id
            FROM unnest(%b::bigint[], %b::bigint[]) AS t(source, target)
            JOIN "{schema}".profiles_profile p ON p.id = t.target
            WHERE e.profile_id = t.source AND e.unit = p.unit AND NOT (e.finished_at IS NULL AND EXISTS (
                SELECT 1 FROM "{schema}".journeys_enrolment o
                WHERE o.journey_id = e.journey_id AND o.profile_id = p.id AND o.finished_at IS NULL))
            RETURNING e.id, e.profile_id""",
        columns,
    ).fetchall()
    if moved:
        cursor.execute(
            f"""UPDATE "{schema}".journeys_message m SET profile_id = t.profile
                FROM unnest(%b::bigint[], %b::bigint[]) AS t(enrolment, profile) WHERE m.enrolment_id = t.enrolment""",
            [[enrolment for enrolment, _ in moved], [profile for _, profile in moved]],
        )
    cursor.execute(
        f"""UPDATE "{schema}".journeys_campaignmember c SET profile_id = p.id
            FROM unnest(%b::bigint[], %b::bigint[]) AS t(source, target)
            JOIN "{schema}".profiles_profile p ON p.id = t.target
            WHERE c.profile_id = t.source AND c.unit = p.unit AND NOT EXISTS (
                SELECT 1 FROM "{schema}".journeys_campaignmember o
                WHERE o.campaign_id = c.campaign_id AND o.profile_id = p.id)""",
        columns,
    )
