"""Stored events and facts of some profiles, readable again: what a rebuild works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Cursor

from tenants.scope import Scope

from ..flags import BOT, NOT_COUNTED
from ..processing.claim import Claimed
from ..processing.decode import Occurrence, decode

PORTION = 2_000


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


def events_of(cursor: Cursor, scope: Scope, profile_ids: Sequence[int]) -> list[StoredEvent]:
    """Every event that can still be read, in the order of receipt; opened 2,000 at a time."""
    found: list[StoredEvent] = []
    rows = cursor.execute(
        f"""SELECT id, received_at, type, handle, message_key::text, payload, key_kind, profile_id,
                   flags & {NOT_COUNTED} = 0, flags & {BOT} <> 0
            FROM "{scope.schema}".profiles_event WHERE profile_id = ANY(%b::bigint[]) ORDER BY received_at, id""",
        [list(profile_ids)],
        binary=True,
    ).fetchall()
    for start in range(0, len(rows), PORTION):
        part = rows[start : start + PORTION]
        mark = {row[0]: (row[7], row[8], row[9]) for row in part}
        for event in decode(scope, [_claimed(row) for row in part]).events:
            found.append(StoredEvent(event, *mark[event.claimed.id]))
    return found


def _claimed(row: tuple[Any, ...]) -> Claimed:
    event_id, received_at, type_, handle, message_key, payload, key_kind, *_ = row
    return Claimed(event_id, received_at, type_, handle, message_key, payload, key_kind, 0)


def facts_of(cursor: Cursor, scope: Scope, profile_ids: Sequence[int]) -> list[StoredFact]:
    rows = cursor.execute(
        f"""SELECT id, profile_id, item_id, kind, (extract(epoch FROM at) * 1000000)::bigint, quantity, value,
                   order_key, place, channel, origin
            FROM "{scope.schema}".profiles_interaction WHERE profile_id = ANY(%b::bigint[]) ORDER BY id""",
        [list(profile_ids)],
        binary=True,
    ).fetchall()
    return [StoredFact(*row) for row in rows]


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
