"""What is kept of the shoppers beyond features, as conditions find it: computed traits and measures of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import Cursor

from ..traits.measure import Measure
from ..traits.states import kept


class NotReady(LookupError):
    """Something that a definition asks for is still being computed of everybody."""


@dataclass(frozen=True)
class Stored:
    """A measure with the key of its states in Profile.computed; `ready`: of everybody."""

    key: str
    measure: Measure
    ready: bool = True


@dataclass(frozen=True)
class Stock:
    """`traits`: computed traits by key; `measures`: measures by digest."""

    traits: Mapping[str, Stored] = field(default_factory=dict)
    measures: Mapping[str, Stored] = field(default_factory=dict)

    def trait(self, key: str) -> Stored:
        return _ready(self.traits.get(key))

    def of(self, measure: Measure) -> Stored:
        return _ready(self.measures.get(measure.digest))


def _ready(stored: Stored | None) -> Stored:
    if stored is None or not stored.ready:
        raise NotReady("It is still being computed of everybody.")
    return stored


def read_stock(cursor: Cursor, schema: str) -> Stock:
    """One query; read it where the definitions are held, or where a moment's difference does not matter."""
    rows: list[Any] = cursor.execute(
        f"""SELECT a.id, a.digest, a.definition::text, a.status = 'ready', t.key
            FROM "{schema}".profiles_aggregate a
            LEFT JOIN "{schema}".profiles_computedtrait t
                ON t.status = 'live' AND a.id = coalesce(t.shown_id, t.aggregate_id)"""
    ).fetchall()
    traits, measures = {}, {}
    for number, digest, definition, ready, trait in rows:
        measures[digest] = Stored(str(number), kept(number, digest, definition).measure, ready)
        if trait is not None:
            traits[trait] = measures[digest]
    return Stock(traits, measures)
