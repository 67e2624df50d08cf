"""The statements at the end of a batch: interactions, whose event it was, the queue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from psycopg import Cursor

from .apply import Columns
from .claim import Claimed
from .decode import Occurrence
from .drafts import Draft


def insert_interactions(cursor: Cursor, schema: str, columns: Columns) -> None:
    if not columns.profile_id:
        return
    cursor.execute(
        f"""INSERT INTO "{schema}".profiles_interaction
                (profile_id, item_id, kind, at, quantity, value, order_key, place, channel, origin)
            SELECT profile_id, item_id, kind, to_timestamp(at / 1e6), quantity, value, order_key, place, channel,
                   origin
            FROM unnest(%b::bigint[], %b::bigint[], %b::smallint[], %b::bigint[], %b::float8[], %b::float8[],
                        %b::bigint[], %b::int[], %b::text[], %b::bigint[])
                 AS t(profile_id, item_id, kind, at, quantity, value, order_key, place, channel, origin)""",
        [
            columns.profile_id,
            columns.item_pk,
            columns.kind,
            columns.at,
            columns.quantity,
            columns.value,
            columns.order_key,
            columns.place,
            columns.channel,
            columns.origin,
        ],
    )


def name_events(
    cursor: Cursor, schema: str, events: Sequence[Occurrence], place: Sequence[Draft | None]
) -> None:
    """Write on each event for whom it was counted."""
    named = [(e.claimed.id, e.claimed.received_at, d.id) for e, d in zip(events, place, strict=True) if d]
    if not named:
        return
    ids, received, profiles = zip(*named, strict=True)
    cursor.execute(
        f"""UPDATE "{schema}".profiles_event e SET profile_id = t.profile_id
            FROM unnest(%b::bigint[], %b::timestamptz[], %b::bigint[]) AS t(id, received_at, profile_id)
            WHERE e.received_at = t.received_at AND e.id = t.id""",
        [list(ids), list(received), list(profiles)],
    )


def delete_events(cursor: Cursor, schema: str, events: Sequence[Claimed]) -> None:
    """Events of shoppers who refuse to be observed are not kept; their message keys stay, to count them once."""
    if not events:
        return
    cursor.execute(
        f"""DELETE FROM "{schema}".profiles_event e
            USING unnest(%b::bigint[], %b::timestamptz[]) AS t(id, received_at)
            WHERE e.received_at = t.received_at AND e.id = t.id""",
        [[e.id for e in events], [e.received_at for e in events]],
    )


def leave_queue(cursor: Cursor, schema: str, events: Iterable[Claimed]) -> None:
    cursor.execute(
        f'DELETE FROM "{schema}".profiles_eventqueue WHERE event_id = ANY(%b::bigint[])',
        [[e.id for e in events]],
    )


def blinds_of(cursor: Cursor, schema: str, profile_ids: list[int]) -> list[tuple[str, int]]:
    """(identifier's blind index in hexadecimal, profile) of all identifiers of the profiles."""
    return cursor.execute(
        f"""SELECT encode(blind, 'hex'), profile_id FROM "{schema}".profiles_identifier
            WHERE profile_id = ANY(%b::bigint[])""",
        [profile_ids],
        prepare=True,
    ).fetchall()
