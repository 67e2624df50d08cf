"""What is stored of shoppers and counts for measures: their events, opened in portions, and their acts with items."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Cursor

from tenants.scope import Scope

from ..flags import NOT_COUNTED
from .states import Measures, kinds_of

PORTION = 2_000  # events opened at a time
_COUNTS = f"type IN (2, 3, 4) AND flags & {NOT_COUNTED} = 0"
_EVENT = "id, received_at, type, handle, payload, key_kind, profile_id"


@dataclass(slots=True)
class Line:
    """An act with an item, as states.Line and states.ItemOf."""

    profile_id: int
    at: int
    kind: int
    quantity: float
    value: float
    place: int
    channel: str
    product: str
    category: str
    brand: str


def events(
    cursor: Cursor, scope: Scope, profile_ids: Sequence[int], seen: array[int] | None = None
) -> Iterator[list[tuple[int, Any]]]:
    """(profile, event) of everything that was counted for these shoppers, in portions; `seen` gets their ids."""
    after: tuple[Any, int] = ("-infinity", 0)
    while True:
        rows = cursor.execute(
            f"""SELECT {_EVENT} FROM "{scope.schema}".profiles_event
                WHERE profile_id = ANY(%s::bigint[]) AND {_COUNTS}
                    AND (received_at, id) > (%s::timestamptz, %s) ORDER BY received_at, id LIMIT {PORTION}""",
            [list(profile_ids), *after],
        ).fetchall()
        if seen is not None:
            seen.extend(row[0] for row in rows)
        yield _opened(scope, rows)
        if len(rows) < PORTION:
            return
        after = (rows[-1][1], rows[-1][0])


def event_ids(cursor: Cursor, schema: str, profile_id: int) -> list[int]:
    rows = cursor.execute(
        f'SELECT id FROM "{schema}".profiles_event WHERE profile_id = %s AND {_COUNTS}', [profile_id]
    )
    return [row[0] for row in rows]


def some_events(cursor: Cursor, scope: Scope, profile_id: int, ids: Sequence[int]) -> list[tuple[int, Any]]:
    """Those of a shopper's events, opened."""
    rows = cursor.execute(
        f"""SELECT {_EVENT} FROM "{scope.schema}".profiles_event
            WHERE profile_id = %s AND {_COUNTS} AND id = ANY(%s::bigint[])""",
        [profile_id, list(ids)],
    ).fetchall()
    return _opened(scope, rows)


def lines(
    cursor: Cursor,
    schema: str,
    profile_ids: Sequence[int],
    measures: Measures,
    among: Sequence[int] | None = None,
) -> list[Line]:
    """The shoppers' acts of the kinds that these measures are made of. `among`: only those rows."""
    only = "" if among is None else "AND i.id = ANY(%(among)s::bigint[])"
    rows = cursor.execute(
        f"""SELECT i.profile_id, (extract(epoch FROM i.at) * 1000000)::bigint, i.kind, i.quantity, i.value,
                   i.place, i.channel, c.external_id, c.category, c.brand
            FROM "{schema}".profiles_interaction i JOIN "{schema}".catalog_item c ON c.id = i.item_id
            WHERE i.profile_id = ANY(%(ids)s::bigint[]) AND i.kind = ANY(%(kinds)s::smallint[]) {only}""",
        {"ids": list(profile_ids), "kinds": kinds_of(measures.kept), "among": among},
    ).fetchall()
    return [Line(*(*row[:8], row[8].rpartition(" > ")[2], row[9])) for row in rows]


def line_ids(cursor: Cursor, schema: str, profile_id: int, measures: Measures) -> list[int]:
    rows = cursor.execute(
        f"""SELECT i.id FROM "{schema}".profiles_interaction i JOIN "{schema}".catalog_item c ON c.id = i.item_id
            WHERE i.profile_id = %s AND i.kind = ANY(%s::smallint[])""",
        [profile_id, kinds_of(measures.kept)],
    )
    return [row[0] for row in rows]


def weights(cursor: Cursor, schema: str, profile_ids: Sequence[int], measures: Measures) -> dict[int, int]:
    """How many events have to be opened for each shopper; eight acts with items, which are in clear, weigh as one."""
    found = dict.fromkeys(profile_ids, 0)
    wanted = []
    if measures.by_event:
        wanted.append(f"""SELECT profile_id, count(*) AS n FROM "{schema}".profiles_event
                          WHERE profile_id = ANY(%(ids)s::bigint[]) GROUP BY 1""")
    if measures.by_act:
        wanted.append(f"""SELECT profile_id, count(*) / 8 FROM "{schema}".profiles_interaction
                          WHERE profile_id = ANY(%(ids)s::bigint[]) GROUP BY 1""")
    if wanted:
        rows = cursor.execute(" UNION ALL ".join(wanted), {"ids": list(profile_ids)}).fetchall()
        for profile_id, weight in rows:
            found[profile_id] += weight
    return found


def _opened(scope: Scope, rows: Sequence[Any]) -> list[tuple[int, Any]]:
    from ..processing.claim import Claimed
    from ..processing.decode import decode

    owner = {row[0]: row[6] for row in rows}
    claimed = [Claimed(r[0], r[1], r[2], bytes(r[3]), "", bytes(r[4]), r[5], 0) for r in rows]
    return [(owner[event.claimed.id], event) for event in decode(scope, claimed).events]
