"""The stored lines of orders, brought to what the events of the orders make together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from psycopg import Cursor

from ..models import Interaction
from ..processing.apply import Columns
from ..processing.decode import origin_of
from ..processing.facts import BadFact, Fact, facts_of
from ..processing.items import find_items
from ..processing.orders import Row, order_of, settle
from ..processing.write import insert_interactions
from .stored import StoredEvent, StoredFact

_LINES = (int(Interaction.Kind.PURCHASE), int(Interaction.Kind.REFUND))
_Key = tuple[int, int, int, int, float, float]


def settle_orders(
    cursor: Cursor, schema: str, counted: Sequence[StoredEvent], facts: Sequence[StoredFact]
) -> bool:
    """Settle what was changed of the shoppers' orders, in the events and in the table; whether rows changed.

    The caller holds the profiles. Rows that no event explains stay: they are what history says of an order.
    """
    moments: dict[tuple[int, int], set[int]] = defaultdict(set)
    for one in counted:
        if number := order_of(one.event):
            moments[one.profile, number].add(one.event.at)
    beside: dict[tuple[int, int], list[StoredFact]] = defaultdict(list)
    made: list[StoredFact] = []
    for fact in facts:
        key = (fact.profile, fact.order_key)
        if fact.kind in _LINES and key in moments:
            (made if fact.at in moments[key] else beside[key]).append(fact)
    names = _names(cursor, schema, {fact.item_pk for lines in beside.values() for fact in lines})
    rows = {
        key: [Row(names.get(f.item_pk, ""), f.kind, f.quantity, f.value) for f in lines]
        for key, lines in beside.items()
    }
    settled = settle([(one.profile, one.event) for one in counted], rows)
    if not settled:
        return False
    mine = [one for one in counted if (one.profile, order_of(one.event)) in settled]
    return _write(cursor, schema, mine, [f for f in made if (f.profile, f.order_key) in settled])


def _write(cursor: Cursor, schema: str, events: Sequence[StoredEvent], rows: Sequence[StoredFact]) -> bool:
    items = find_items(cursor, schema, {line.item_id for one in events for line in one.event.facts or ()})
    wanted: Counter[_Key] = Counter()
    lines: dict[_Key, tuple[StoredEvent, Fact]] = {}
    for one in events:
        for line in one.event.facts or ():
            if line.item_id in items:
                key = _key(one.profile, items[line.item_id].pk, one.event.at, line)
                wanted[key] += 1
                lines[key] = (one, line)
    gone = []
    for row in rows:
        key = _key(row.profile, row.item_pk, row.at, row)
        if wanted[key] > 0:
            wanted[key] -= 1
        else:
            gone.append(row.id)
    forget_rows(cursor, schema, gone)
    columns = Columns()
    for key in wanted.elements():
        one, line = lines[key]
        columns.add(one.profile, key[1], one.event.at, origin_of(one.event.origin), line)
    insert_interactions(cursor, schema, columns)
    return bool(gone or columns.profile_id)


def robots_rows(
    cursor: Cursor, schema: str, events: Iterable[StoredEvent], left: Sequence[StoredFact]
) -> set[int]:
    """Ids of those rows, of `left` that no counting event explains, which events made that count no more."""
    lines: Counter[tuple[int, str, int, int]] = Counter()
    for one in events:
        try:
            said = facts_of(one.event)
        except BadFact:
            continue
        lines.update((one.profile, line.item_id, line.kind, one.event.at) for line in said)
    if not lines:
        return set()
    names = _names(cursor, schema, {fact.item_pk for fact in left})
    found = set()
    for fact in left:
        key = (fact.profile, names.get(fact.item_pk, ""), fact.kind, fact.at)
        if lines[key] > 0:
            lines[key] -= 1
            found.add(fact.id)
    return found


def forget_rows(cursor: Cursor, schema: str, ids: Iterable[int]) -> None:
    wanted = sorted(ids)
    if wanted:
        cursor.execute(f'DELETE FROM "{schema}".profiles_interaction WHERE id = ANY(%b::bigint[])', [wanted])


def _key(profile: int, item_pk: int, at: int, line: Fact | StoredFact) -> _Key:
    return profile, item_pk, line.kind, at, round(line.quantity, 4), round(line.value, 4)


def _names(cursor: Cursor, schema: str, pks: set[int]) -> dict[int, str]:
    if not pks:
        return {}
    rows = cursor.execute(
        f'SELECT id, external_id FROM "{schema}".catalog_item WHERE id = ANY(%b::bigint[])', [sorted(pks)]
    ).fetchall()
    return dict(rows)
