"""Folds over leanings that fade (features.habits)."""

from __future__ import annotations

from dataclasses import dataclass

from .. import habits
from .base import Kind, Statement, Then


class _Leaning:
    timed = False
    counts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shares(_Leaning):
    """The strongest names of a group with their shares of the whole."""

    leaning: str
    most: int = 5
    kind: Kind = "names"

    def read(self, then: Then) -> dict[str, float]:
        return habits.shares(then.features, self.leaning, self.most)

    def sql(self, build: Statement) -> str:
        return _ranked(self.leaning, self.most)


@dataclass(frozen=True)
class Strongest(_Leaning):
    """The strongest name of a group."""

    leaning: str
    kind: Kind = "text"

    def read(self, then: Then) -> str | None:
        return next(iter(habits.shares(then.features, self.leaning, 1)), None)

    def sql(self, build: Statement) -> str:
        return f"(SELECT name FROM ({_ranked(self.leaning, 1)}) AS top)"


@dataclass(frozen=True)
class Level(_Leaning):
    """The faded mean of a level, 0 to 1."""

    leaning: str
    kind: Kind = "number"

    def read(self, then: Then) -> float | None:
        return habits.level(then.features, self.leaning)

    def sql(self, build: Statement) -> str:
        path = f"{{habits,{self.leaning}"
        weight = f"(p.features #>> '{path},weight}}')::float8"
        total = f"coalesce((p.features #>> '{path},sum}}')::float8, 0)"
        return f"CASE WHEN {weight} > 0 THEN round(({total} / {weight})::numeric, 4)::float8 END"


@dataclass(frozen=True)
class Tier(_Leaning):
    """A level in words, cut into parts of equal width."""

    leaning: str
    names: tuple[str, ...]
    kind: Kind = "text"

    def read(self, then: Then) -> str | None:
        level = habits.level(then.features, self.leaning)
        if level is None:
            return None
        cuts = (place / len(self.names) for place in range(1, len(self.names)))
        return next((n for n, cut in zip(self.names, cuts, strict=False) if level < cut), self.names[-1])

    def sql(self, build: Statement) -> str:
        cases = " ".join(
            f"WHEN l < {place}.0 / {len(self.names)} THEN '{name}'"
            for place, name in enumerate(self.names[:-1], 1)
        )
        return (
            f"(SELECT CASE {cases} WHEN l IS NOT NULL THEN '{self.names[-1]}' END"
            f" FROM (SELECT {Level(self.leaning).sql(build)} AS l) AS leaning)"
        )


def _ranked(group: str, most: int) -> str:
    return (
        f"SELECT w.key AS name FROM jsonb_each_text(p.features #> '{{habits,{group}}}') AS w"
        f" WHERE w.key <> '{habits.REST}'"
        f' ORDER BY w.value::float8 DESC, w.key COLLATE "C" LIMIT {most}'
    )
