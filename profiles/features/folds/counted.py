"""Folds over counts per day."""

from __future__ import annotations

from dataclasses import dataclass

from .base import Kind, Statement, Then


class _Counted:
    kind: Kind = "number"
    timed = True
    leaning = ""


@dataclass(frozen=True)
class Count(_Counted):
    """How often in the window."""

    bucket: str
    days: int

    @property
    def counts(self) -> tuple[str, ...]:
        return (self.bucket,)

    def read(self, then: Then) -> int:
        return int(then.total(self.bucket, self.days))

    def sql(self, build: Statement) -> str:
        return f"trunc({build.total(self.bucket, self.days)})"


@dataclass(frozen=True)
class Amount(_Counted):
    """How much in the window, to cents."""

    bucket: str
    days: int

    @property
    def counts(self) -> tuple[str, ...]:
        return (self.bucket,)

    def read(self, then: Then) -> float:
        return round(then.total(self.bucket, self.days), 2)

    def sql(self, build: Statement) -> str:
        return f"round({build.total(self.bucket, self.days)}::numeric, 2)::float8"


@dataclass(frozen=True)
class Ratio(_Counted):
    """One count per another; nothing to tell without the other."""

    above: str
    below: str
    days: int
    digits: int = 4

    @property
    def counts(self) -> tuple[str, ...]:
        return self.above, self.below

    def read(self, then: Then) -> float | None:
        whole = then.total(self.below, self.days)
        return round(then.total(self.above, self.days) / whole, self.digits) if whole else None

    def sql(self, build: Statement) -> str:
        over = f"nullif({build.total(self.below, self.days)}, 0)"
        return f"round(({build.total(self.above, self.days)} / {over})::numeric, {self.digits})::float8"


@dataclass(frozen=True)
class Average(Ratio):
    """An amount per act, to cents."""

    digits: int = 2


@dataclass(frozen=True)
class Weekly(_Counted):
    """How often a week."""

    bucket: str
    days: int

    @property
    def counts(self) -> tuple[str, ...]:
        return (self.bucket,)

    def read(self, then: Then) -> float:
        return round(then.total(self.bucket, self.days) / (self.days / 7), 2)

    def sql(self, build: Statement) -> str:
        return f"round(({build.total(self.bucket, self.days)} / {self.days / 7})::numeric, 2)::float8"
