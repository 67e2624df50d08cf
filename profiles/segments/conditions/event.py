"""How often an event came, of any name, with certain properties; or what a property of it sums up to.

What it asks for is kept of every shopper like a computed trait's value, from when a segment with it goes live.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from msgspec import Meta

from ...traits.columns import value_sql
from ...traits.measure import LONGEST_WINDOW, PAGE, SCREEN, Measure
from ...traits.where import Where
from .. import looking
from ..build import COMPARISONS, Build, Comparison, Facts, Issue
from .base import Condition, Days, span


class EventCondition(Condition, tag="event", frozen=True, dict=True):
    """`by` "times", or "sum" with a `property`. Names of events compare without case. `lines`: see traits.measure."""

    event: Annotated[str, Meta(max_length=120)] = ""
    where: Annotated[list[Where], Meta(max_length=10)] = []
    by: Literal["times", "sum"] = "times"
    property: Annotated[str, Meta(max_length=120)] = ""
    op: Comparison = ">="
    value: Annotated[float, Meta(ge=-1e9, le=1e9)] = 1
    days: Days | None = 30
    lines: Annotated[str, Meta(max_length=120)] = ""

    @cached_property
    def measure(self) -> Measure:
        return Measure(
            event=self.event,
            where=self.where,
            function="sum" if self.by == "sum" else "count",
            path=self.property if self.by == "sum" else "",
            days=self.days,
            lines=self.lines,
        )

    @cached_property
    def timed(self) -> bool:  # type: ignore[override]
        return self.days is not None

    @cached_property
    def moved_by_looking(self) -> bool:  # type: ignore[override]
        return looking.counts(self.event)

    def issues(self, facts: Facts) -> Iterator[Issue]:
        for field, message in self.measure.problems():
            yield Issue(field, message)
        if self.days is not None and self.days > LONGEST_WINDOW:
            yield Issue("days", f"Events are counted for {LONGEST_WINDOW} days at most, or for ever.")
        if self.by == "times" and (self.value != int(self.value) or self.value < 0):
            yield Issue("value", "Take a whole number.")
        if self.by == "times" and self.op == "<" and self.value == 0:
            yield Issue("value", "Nobody does something less than 0 times.")

    def sql(self, build: Build) -> str:
        stored = build.stock.of(self.measure)
        return f"{value_sql(self.measure, stored.key, build.today, start=build.start)} {self.op} {build.bind(self.value)}::float8"

    def words(self, facts: Facts) -> str:
        name = {PAGE: "viewed a page", SCREEN: "viewed a screen"}.get(self.event, f"did “{self.event}”")
        with_ = " and ".join(one.words() for one in self.where)
        same = f" in one line of {self.lines}" if self.lines else ""
        name += f" with {with_}{same}" if with_ else same
        when = span(self.days) if self.days else "ever"
        if self.by == "sum":
            return f"{name}: {self.property} sums up to {COMPARISONS[self.op]} {self.value:g} {when}"
        if (self.op in ("=", "<=") and self.value == 0) or (self.op == "<" and self.value == 1):
            return f"never {name} {when}"
        times = "once" if self.value == 1 else f"{self.value:g} times"
        return f"{name} {COMPARISONS[self.op]} {times} {when}"
