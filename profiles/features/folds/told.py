"""Folds over what the shop says of a shopper (features.told)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import demographics
from .base import Kind, Statement, Then


class _Told:
    counts: tuple[str, ...] = ()
    leaning = ""


@dataclass(frozen=True)
class Told(_Told):
    """As the shop says it."""

    name: str
    kind: Kind = "text"
    timed: bool = False

    def read(self, then: Then) -> Any:
        return then.features.get("demographics", {}).get(self.name)

    def sql(self, build: Statement) -> str:
        return f"(p.features #>> '{{demographics,{self.name}}}')"


@dataclass(frozen=True)
class Age(_Told):
    """Years on the day; in SQL the lower end of a band ("35-44")."""

    kind: Kind = "number"
    timed: bool = True

    def read(self, then: Then) -> int | str | None:
        return demographics.age_at(then.features.get("demographics", {}), then.day)

    def sql(self, build: Statement) -> str:
        born = "(p.features #>> '{demographics,born}')"
        day = f"('1970-01-01'::date + {build.today})"
        from_birth = (
            f"extract(year from {day})::int - left({born}, 4)::int"
            f" - (extract(month from {day})::int <= substr({born}, 6, 2)::int)::int"
        )
        said = r"substring(p.features #>> '{demographics,age}' from '\d+')::float8"
        return f"CASE WHEN {born} IS NOT NULL THEN ({from_birth})::float8 ELSE {said} END"
