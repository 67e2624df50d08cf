"""A feature of the shopper: a number compared, a text among some, a strong leaning, or whether it is known."""

from __future__ import annotations

from collections.abc import Iterator

from ...features.definitions import BY_NAME
from .. import looking
from ..build import Build, Facts, Issue
from ..compare import Op, compared, issues, words
from ..features import COLUMNS
from .base import Condition, Words


class FeatureCondition(Condition, tag="feature", frozen=True):
    """`value` for numbers, `values` (one is enough, case does not matter) for texts and names."""

    feature: str = ""
    op: Op = ">="
    value: float | None = None
    values: Words = []

    @property
    def timed(self) -> bool:
        column = COLUMNS.get(self.feature)  # None in a draft that has not chosen one
        return column is not None and column.timed

    @property
    def moved_by_looking(self) -> bool:
        column = COLUMNS.get(self.feature)
        if column is None or not column.counts or column.leaning:
            return True
        return not looking.COUNTS.isdisjoint(column.counts)

    def issues(self, facts: Facts) -> Iterator[Issue]:
        column = COLUMNS.get(self.feature)
        if column is None:
            there = f"There is no feature “{self.feature}”." if self.feature else "Choose a feature."
            yield Issue("feature", there)
        else:
            yield from issues(label(self.feature), column.kind, self.op, self.value, self.values)

    def sql(self, build: Build) -> str:
        column = COLUMNS[self.feature]
        return compared(build, column.kind, column.sql(build), self.op, self.value, self.values)

    def words(self, facts: Facts) -> str:
        return f"{label(self.feature)} {words(self.op, self.value, self.values)}"


def label(feature: str) -> str:
    """ "revenue_90d" → "revenue (90 days)"."""
    known = BY_NAME.get(feature)
    if known is None:
        return feature
    words, _, window = known.label.partition(", ")
    return f"{words[:1].lower()}{words[1:]}" + (f" ({window})" if window else "")
