"""What a fold is, and what it reads."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ...days import date_of
from .. import buckets

Kind = Literal["number", "text", "names"]


class Then(Protocol):
    """A shopper at one moment: the profile as it is now, or as it was then (features.offline)."""

    @property
    def features(self) -> dict[str, Any]: ...

    @property
    def day(self) -> dt.date: ...

    def total(self, name: str, days: int) -> float:
        """The sum of a count per day over the last `days` days, the running one among them."""
        ...


class Statement(Protocol):
    """An SQL statement about the profile `p`."""

    @property
    def today(self) -> str: ...

    def total(self, bucket: str, days: int) -> str: ...


class Fold(Protocol):
    """`kind`: of the value in SQL; "names" gives rows of `name`, strongest first. `timed`: moved by time alone.

    `counts`, `leanings`, `told`: the parts of a profile that it is made from. A test compares `read` with `sql` and both
    with a recount on random shoppers.
    """

    @property
    def kind(self) -> Kind: ...

    @property
    def timed(self) -> bool: ...

    @property
    def counts(self) -> tuple[str, ...]: ...

    @property
    def leaning(self) -> str: ...

    def read(self, then: Then) -> Any:
        """The value; None when there is nothing to tell."""
        ...

    def sql(self, build: Statement) -> str:
        """An expression; NULL when there is nothing to tell."""
        ...


@dataclass(frozen=True)
class Sources:
    """A profile's two JSON columns on a day (since 1970, of the tenant's zone)."""

    features: dict[str, Any]
    counters: buckets.Counters
    today: int

    @property
    def day(self) -> dt.date:
        return date_of(self.today)

    def total(self, name: str, days: int) -> float:
        return buckets.total(self.counters, name, self.today, days)
