"""Whether the shopper is in another segment: its definition is put in place, so that nothing has to be kept in order."""

from __future__ import annotations

from collections.abc import Iterator

from ..build import Build, Facts, Issue
from .base import Condition


class MemberCondition(Condition, tag="segment", frozen=True):
    segment: str = ""
    member: bool = True

    def issues(self, facts: Facts) -> Iterator[Issue]:
        known = facts.segments.get(self.segment)
        if not self.segment:
            yield Issue("segment", "Choose a segment.")
        elif known is None:
            yield Issue("segment", f"There is no segment “{self.segment}”.")
        elif known.status == "archived":
            yield Issue("segment", f"“{known.name}” is archived; restore it or choose another one.")

    def sql(self, build: Build) -> str:
        return build.used(self.segment) if self.member else f"NOT {build.used(self.segment)}"

    def words(self, facts: Facts) -> str:
        known = facts.segments.get(self.segment)
        return f"{'in' if self.member else 'not in'} “{known.name if known else self.segment}”"
