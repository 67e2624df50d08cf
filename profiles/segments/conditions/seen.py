"""When the shopper was seen first or last."""

from __future__ import annotations

from typing import Literal

from ..build import Build, Facts
from .base import Condition, Days, span

_COLUMNS = {"first": "p.first_seen_at", "last": "p.last_seen_at"}


class SeenCondition(Condition, tag="seen", frozen=True):
    """`within`: in the last `days` days (of the tenant's zone), today included; `before`: earlier than that."""

    which: Literal["first", "last"] = "last"
    op: Literal["within", "before"] = "within"
    days: Days = 30

    @property
    def timed(self) -> bool:
        return True

    def sql(self, build: Build) -> str:
        compare = ">=" if self.op == "within" else "<"
        return f"{_COLUMNS[self.which]} {compare} {build.since(self.days)}"

    def words(self, facts: Facts) -> str:
        if self.op == "within":
            return f"{self.which} seen {span(self.days)}"
        return f"{self.which} seen more than {self.days} day{'s' * (self.days != 1)} ago"
