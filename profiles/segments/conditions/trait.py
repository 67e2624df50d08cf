"""A computed trait of the shopper, compared by its kind."""

from __future__ import annotations

from collections.abc import Iterator

from ...traits.columns import value_sql
from ..build import Build, Facts, Issue
from ..compare import TIMED, Op, compared, issues, words
from .base import Condition, Words


class TraitCondition(Condition, tag="trait", frozen=True):
    """`trait` by its key; `value` for numbers and days, `values` for texts, names and a date such as 2026-11-23."""

    trait: str = ""
    op: Op = ">="
    value: float | None = None
    values: Words = []

    @property
    def timed(self) -> bool:
        # Whether it has a window is the trait's own: see `is_timed`.
        return self.op in TIMED

    def issues(self, facts: Facts) -> Iterator[Issue]:
        known = facts.traits.get(self.trait)
        if known is None:
            there = (
                f"There is no computed trait “{self.trait}”." if self.trait else "Choose a computed trait."
            )
            yield Issue("trait", there)
        else:
            yield from issues(known.name, known.measure.kind, self.op, self.value, self.values)

    def sql(self, build: Build) -> str:
        stored = build.stock.trait(self.trait)
        value = value_sql(stored.measure, stored.key, build.today, start=build.start)
        return compared(build, stored.measure.kind, value, self.op, self.value, self.values)

    def words(self, facts: Facts) -> str:
        known = facts.traits.get(self.trait)
        name = known.name if known else self.trait
        return f"{name[:1].lower() + name[1:]} {words(self.op, self.value, self.values)}"
