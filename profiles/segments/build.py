"""What conditions write their SQL with: parameters, the day, and whom the statement is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..days import UTC_DAYS, Calendar
from ..traits.measure import Measure
from .stock import Stock

Comparison = Literal[">=", "<=", ">", "<", "="]
COMPARISONS: dict[str, str] = {
    ">=": "at least",
    "<=": "at most",
    ">": "more than",
    "<": "less than",
    "=": "exactly",
}


@dataclass(frozen=True)
class Known:
    """A segment as others may use it."""

    id: int
    name: str
    status: str
    definition: Any


@dataclass(frozen=True)
class KnownTrait:
    """A live computed trait as definitions may use it."""

    name: str
    measure: Measure


@dataclass(frozen=True)
class Facts:
    """What a definition is checked and named against. `segments` by key; `itself`: the key of the one being defined."""

    segments: Mapping[str, Known] = field(default_factory=dict)
    itself: str = ""
    currency: str = ""
    traits: Mapping[str, KnownTrait] = field(default_factory=dict)


@dataclass(frozen=True)
class Issue:
    """What is wrong with a field of a condition, as a sentence for people."""

    field: str
    message: str


@dataclass
class Build:
    """One statement in the making. The profile's row is `p`.

    `within(column)`: SQL that restricts a column of profile ids to those asked about, so that a condition over other
    tables reads what the statement needs and no more. `used(key)`: SQL of another segment's definition.
    """

    schema: str
    within: Callable[[str], str]
    used: Callable[[str], str]
    params: dict[str, Any] = field(default_factory=dict)
    stock: Stock = field(default_factory=Stock)
    calendar: Calendar = UTC_DAYS

    def bind(self, value: Any) -> str:
        name = f"c{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"

    def table(self, name: str) -> str:
        return f'"{self.schema}".{name}'

    @property
    def today(self) -> str:
        """The day as days since 1970, of the tenant's zone. Everything that depends on time depends on the day only."""
        return "%(today)s::int"

    def since(self, days: int) -> str:
        """The first moment of the last `days` days, today included."""
        return self._moment(1 - int(days))

    def start(self, days: int) -> str:
        """`since` in unix microseconds."""
        return f"{self._bound(1 - int(days))}::bigint"

    @property
    def tomorrow(self) -> str:
        return self._moment(1)

    def _moment(self, ahead: int) -> str:
        return f"to_timestamp({self._bound(ahead)} / 1000000.0)"

    def _bound(self, ahead: int) -> str:
        """The beginning of the day that is `ahead` of the running one."""
        name = f"day{ahead}".replace("-", "_")
        self.params[name] = self.calendar.start(self.params["today"] + ahead)
        return f"%({name})s"

    def total(self, bucket: str, days: int) -> str:
        return bucket_total(self, bucket, days)


def bucket_total(build: Build, bucket: str, days: int) -> str:
    """The sum of a count per day over the last `days` days, as features.buckets.total."""
    return (
        f"(SELECT coalesce(sum((b.value ->> '{bucket}')::float8), 0) FROM jsonb_each("
        "CASE WHEN jsonb_typeof(p.counters) = 'object' THEN p.counters END) AS b"
        f" WHERE b.key::int > {build.today} - {int(days)} AND b.key::int <= {build.today})"
    )
