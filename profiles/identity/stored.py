"""Stored events and facts of some profiles, readable again: what a rebuild works on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Cursor

from tenants.scope import Scope

from ..flags import BOT, NOT_COUNTED
from ..processing.claim import Claimed
from ..processing.decode import Occurrence, decode

PORTION = 2_000
FACTS = 20_000


@dataclass(slots=True)
class StoredEvent:
    """`profile`: for whom it was counted. `counted`: not sent by a robot or for the second time."""

    event: Occurrence
    profile: int
    counted: bool
    robot: bool = False


@dataclass(slots=True)
class StoredFact:
    """A row of profiles_interaction; `at` unix microseconds."""

    id: int
    profile: int
    item_pk: int
    kind: int
    at: int
    quantity: float
    value: float
    order_key: int
    place: int
    channel: str
    origin: int


def too_many(cursor: Cursor, schema: str, profile_ids: Sequence[int], most: int) -> int:
    """How many events these profiles have when they are more than `most`, 0 otherwise. Counts no further than needed."""
    row = cursor.execute(
        f"""SELECT count(*) FROM (SELECT 1 FROM "{schema}".profiles_event WHERE profile_id = ANY(%b::bigint[])
            LIMIT %b) AS counted""",
        [list(profile_ids), most * 10],
        binary=True,
    ).fetchone()
    found = int(row[0]) if row else 0
    return found if found > most else 0


def events_of(cursor: Cursor, scope: Scope, profile_ids: Sequence[int]) -> Iterator[list[StoredEvent]]:
    """Every event that can still be read, in the order of receipt; 2,000 at a time are read and opened.

    Events may be given to other profiles meanwhile: what has been passed does not come again, unless to one further on.
    """
    after: tuple[Any, int] = ("-infinity", 0)
    while True:
        rows = cursor.execute(
            f"""SELECT id, received_at, type, handle, message_key::text, payload, key_kind, profile_id,
                       flags & {NOT_COUNTED} = 0, flags & {BOT} <> 0
                FROM "{scope.schema}".profiles_event
                WHERE profile_id = ANY(%b::bigint[]) AND (received_at, id) > (%b::timestamptz, %b)
                ORDER BY received_at, id LIMIT {PORTION}""",
            [list(profile_ids), *after],
            binary=True,
        ).fetchall()
        mark = {row[0]: (row[7], row[8], row[9]) for row in rows}
        opened = decode(scope, [_claimed(row) for row in rows]).events
        yield [StoredEvent(event, *mark[event.claimed.id]) for event in opened]
        if len(rows) < PORTION:
            return
        after = (rows[-1][1], rows[-1][0])


def names_of(cursor: Cursor, schema: str, profile_ids: Sequence[int]) -> set[bytes]:
    """Under which names their events came."""
    rows = cursor.execute(
        f'SELECT DISTINCT handle FROM "{schema}".profiles_event WHERE profile_id = ANY(%b::bigint[])',
        [list(profile_ids)],
        binary=True,
    ).fetchall()
    return {row[0] for row in rows}


def _claimed(row: tuple[Any, ...]) -> Claimed:
    event_id, received_at, type_, handle, message_key, payload, key_kind, *_ = row
    return Claimed(event_id, received_at, type_, handle, message_key, payload, key_kind, 0)


def facts_of(cursor: Cursor, scope: Scope, profile_ids: Sequence[int]) -> Iterator[list[StoredFact]]:
    """Their rows of interactions, some at a time."""
    after = 0
    while True:
        rows = cursor.execute(
            f"""SELECT id, profile_id, item_id, kind, (extract(epoch FROM at) * 1000000)::bigint, quantity, value,
                       order_key, place, channel, origin
                FROM "{scope.schema}".profiles_interaction WHERE profile_id = ANY(%b::bigint[]) AND id > %b
                ORDER BY id LIMIT {FACTS}""",
            [list(profile_ids), after],
            binary=True,
        ).fetchall()
        yield [StoredFact(*row) for row in rows]
        if len(rows) < FACTS:
            return
        after = rows[-1][0]


def move_events(cursor: Cursor, schema: str, moved: Sequence[tuple[StoredEvent, int]]) -> None:
    if moved:
        cursor.execute(
            f"""UPDATE "{schema}".profiles_event e SET profile_id = t.profile
                FROM unnest(%b::bigint[], %b::timestamptz[], %b::bigint[]) AS t(id, received_at, profile)
                WHERE e.received_at = t.received_at AND e.id = t.id""",
            [
                [one.event.claimed.id for one, _ in moved],
                [one.event.claimed.received_at for one, _ in moved],
                [profile for _, profile in moved],
            ],
        )


def move_facts(cursor: Cursor, schema: str, moved: Sequence[tuple[StoredFact, int]]) -> None:
    if moved:
        cursor.execute(
            f"""UPDATE "{schema}".profiles_interaction f SET profile_id = t.profile
                FROM unnest(%b::bigint[], %b::bigint[]) AS t(id, profile) WHERE f.id = t.id""",
            [[fact.id for fact, _ in moved], [profile for _, profile in moved]],
        )
