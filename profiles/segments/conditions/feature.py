"""A feature of the shopper: a number compared, a text among some, a strong leaning, or whether it is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ...features.definitions import BY_NAME
from ..build import COMPARISONS, Build, Facts, Issue
from ..features import COLUMNS
from .base import Condition, Words, listed

_KNOWN = ("known", "unknown")
_OPS = {
    "number": (*COMPARISONS, *_KNOWN),
    "text": ("is", "is_not", *_KNOWN),
    "names": ("includes", "excludes", *_KNOWN),
}
_SAID = {"is": "is", "is_not": "is not", "includes": "includes", "excludes": "does not include"}


class FeatureCondition(Condition, tag="feature", frozen=True):
    """`value` for numbers, `values` (one is enough, case does not matter) for texts and names."""

    feature: str = ""
    op: Literal[">=", "<=", ">", "<", "=", "is", "is_not", "includes", "excludes", "known", "unknown"] = ">="
    value: float | None = None
    values: Words = []

    @property
    def timed(self) -> bool:
        column = COLUMNS.get(self.feature)  # None in a draft that has not chosen one
        return column is not None and column.timed

    def issues(self, facts: Facts) -> Iterator[Issue]:
        column = COLUMNS.get(self.feature)
        if column is None:
            yield Issue(
                "feature", f"There is no feature “{self.feature}”." if self.feature else "Choose a feature."
            )
        elif self.op not in _OPS[column.kind]:
            yield Issue("op", f"“{label(self.feature)}” can't be compared with “{self.op}”.")
        elif self.op in COMPARISONS and self.value is None:
            yield Issue("value", "Say which number.")
        elif self.op in _SAID and not self.values:
            yield Issue("values", "Name at least one value.")

    def sql(self, build: Build) -> str:
        column = COLUMNS[self.feature]
        value = column.sql(build)
        if column.kind == "names":
            if self.op in _KNOWN:
                return f"{'NOT ' * (self.op == 'unknown')}EXISTS ({value})"
            among = (
                f"EXISTS (SELECT 1 FROM ({value}) AS top WHERE lower(top.name) = ANY({self._values(build)}))"
            )
            return among if self.op == "includes" else f"NOT {among}"
        if self.op in _KNOWN:
            return f"({value}) IS {'NOT ' * (self.op == 'known')}NULL"
        if column.kind == "number":
            return f"({value}) {self.op} {build.bind(self.value)}::float8"
        if self.op == "is":
            return f"lower({value}) = ANY({self._values(build)})"
        # Whoever is not known to be it, is not.
        return f"coalesce(lower({value}) <> ALL({self._values(build)}), true)"

    def _values(self, build: Build) -> str:
        return f"{build.bind([value.lower() for value in self.values])}::text[]"

    def words(self, facts: Facts) -> str:
        name = label(self.feature)
        if self.op in _KNOWN:
            return f"{name} is {self.op}"
        if self.op in COMPARISONS:
            return f"{name} is {COMPARISONS[self.op]} {self.value:g}"
        return f"{name} {_SAID[self.op]} {listed(self.values)}"


def label(feature: str) -> str:
    """ "revenue_90d" → "revenue (90 days)"."""
    known = BY_NAME.get(feature)
    if known is None:
        return feature
    words, _, window = known.label.partition(", ")
    return f"{words[:1].lower()}{words[1:]}" + (f" ({window})" if window else "")
