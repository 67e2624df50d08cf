"""Reading computed traits: the values of one shopper, for pages, the API, templates and journeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection
from psycopg import Cursor

from ..days import UTC_DAYS, Calendar, calendar_of
from .measure import Measure
from .models import ComputedTrait
from .states import Kept, kept


class HasComputed(Protocol):
    """A Profile, or anything with that JSON column decoded."""

    computed: Any


@dataclass(frozen=True)
class Shown:
    """A live trait whose values may be read."""

    key: str
    name: str
    kept: Kept
    days: Calendar = UTC_DAYS

    @property
    def measure(self) -> Measure:
        return self.kept.measure

    def of(self, computed: Mapping[str, Any], day: int) -> Any:
        return self.kept.measure.value(computed.get(self.kept.key), day, self.days)


@dataclass(frozen=True)
class Value:
    """What a trait says of one shopper: a number, a text, "2026-11-23", a list of texts, or None."""

    key: str
    name: str
    kind: str
    value: Any
    words: str


def shown_traits(cursor: Cursor, schema: str) -> list[Shown]:
    """The live traits that have been computed of everybody, by name. One query."""
    rows: list[Any] = cursor.execute(
        f"""SELECT t.key, t.name, a.id, a.digest, a.definition::text FROM "{schema}".profiles_computedtrait t
            JOIN "{schema}".profiles_aggregate a ON a.id = t.shown_id WHERE t.status = 'live' ORDER BY t.name"""
    ).fetchall()
    days = calendar_of(schema)
    return [
        Shown(key, name, kept(number, digest, definition), days)
        for key, name, number, digest, definition in rows
    ]


def values(traits: list[Shown], computed: Mapping[str, Any] | None, day: int | None = None) -> dict[str, Any]:
    """Key → value, as `shopper.traits.key` in templates and in the API; None where nothing is known."""
    return {
        trait.key: trait.of(computed or {}, trait.days.today() if day is None else day) for trait in traits
    }


def values_of(profile: HasComputed) -> list[Value]:
    """All of one shopper's, by name; of the connection's tenant."""
    connection.ensure_connection()
    schema = connection.schema_name  # type: ignore[attr-defined]  # django-tenants' connection
    with Cursor(connection.connection) as cursor:
        shown = shown_traits(cursor, schema)
    computed = profile.computed or {}
    return [
        Value(t.key, t.name, t.measure.kind, t.of(computed, t.days.today()), t.measure.words()) for t in shown
    ]


def live_traits() -> dict[str, str]:
    """Key → name of the live traits of the connection's tenant."""
    return dict(ComputedTrait.objects.filter(status=ComputedTrait.Status.LIVE).values_list("key", "name"))
