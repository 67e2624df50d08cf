"""A processed batch against the expectations: counted in the batch's own transaction, a statement or two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from psycopg import Cursor

from ..models import Interaction
from ..processing.decode import TRACK, Occurrence
from ..processing.facts import Fact, key_of_order
from ..processing.items import Known
from .expectations import EVENTS

Kind = Interaction.Kind
_LATE = 86_400_000_000
_MOST_PIECES = 1000
_ITEM_EVENTS = frozenset(
    {
        "product viewed",
        "product clicked",
        "product added",
        "product removed",
        "order completed",
        "order refunded",
    }
)


class Tally:
    """(looked at, failed) per expectation, and one event that failed each."""

    def __init__(self) -> None:
        self.checked: dict[str, int] = {}
        self.failed: dict[str, int] = {}
        self.example: dict[str, int] = {}

    def see(self, name: str, good: bool, event: int) -> None:
        self.checked[name] = self.checked.get(name, 0) + 1
        if not good:
            self.failed[name] = self.failed.get(name, 0) + 1
            self.example.setdefault(name, event)


def look(
    events: Sequence[Occurrence],
    facts: Sequence[Sequence[Fact]],
    items: Mapping[str, Known],
    currency: str,
) -> Tally:
    """Judge events with their facts; no database. `example` gives positions in `events`."""
    tally = Tally()
    for position, (event, lines) in enumerate(zip(events, facts, strict=True)):
        received = event.claimed.received_at.timestamp() * 1e6
        tally.see("on_time", received - event.at <= _LATE, position)
        if event.type != TRACK:
            continue
        name = event.name.strip().lower()
        if name in _ITEM_EVENTS:
            tally.see("item_named", bool(lines), position)
        for fact in lines:
            known = items.get(fact.item_id)
            tally.see("item_known", known is not None and known.listed, position)
            if fact.kind == Kind.PURCHASE:
                tally.see("price_given", fact.value > 0, position)
                tally.see("quantity_sane", 0 < fact.quantity <= _MOST_PIECES, position)
        if name == "order completed":
            _order(tally, event, lines, currency, position)
    if events:
        tally.checked[EVENTS] = len(events)
    return tally


def _order(tally: Tally, event: Occurrence, lines: Sequence[Fact], currency: str, position: int) -> None:
    tally.see("order_named", key_of_order(event.properties) != 0, position)
    tally.see("buyer_known", event.user is not None, position)
    said = event.properties.get("currency")
    if isinstance(said, str) and said:
        tally.see("order_currency", said.upper() == currency.upper(), position)
    revenue, worth = event.properties.get("revenue"), sum(line.value for line in lines)
    if isinstance(revenue, int | float) and not isinstance(revenue, bool) and worth > 0:
        tally.see("order_adds_up", worth / 2 <= revenue <= worth * 2, position)


def note(cursor: Cursor, schema: str, tally: Tally, events: Sequence[Occurrence]) -> None:
    """Write the counts of a batch, by the hour of its first event's receipt, with an example of each failure."""
    if not tally.checked:
        return
    hour = min(e.claimed.received_at for e in events).astimezone(dt.UTC)
    names = list(tally.checked)
    cursor.execute(
        f"""INSERT INTO "{schema}".profiles_qualitycount (hour, name, checked, failed)
            SELECT %b, name, checked, failed
            FROM unnest(%b::text[], %b::bigint[], %b::bigint[]) AS t(name, checked, failed)""",
        [
            hour.replace(minute=0, second=0, microsecond=0),
            names,
            [tally.checked[name] for name in names],
            [tally.failed.get(name, 0) for name in names],
        ],
        prepare=True,
    )
    if tally.example:
        shown = [(name, events[position].claimed) for name, position in tally.example.items()]
        cursor.execute(
            f"""INSERT INTO "{schema}".profiles_qualityexample (name, received_at, event_id)
                SELECT * FROM unnest(%b::text[], %b::timestamptz[], %b::bigint[])""",
            [
                [name for name, _ in shown],
                [event.received_at for _, event in shown],
                [event.id for _, event in shown],
            ],
        )
