"""What every condition is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from ..build import Build, Facts, Issue

Days = Annotated[int, Meta(ge=1, le=3650)]
Word = Annotated[str, Meta(min_length=1, max_length=300)]
Words = Annotated[list[Word], Meta(max_length=500)]


class Condition(
    msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, tag_field="type", frozen=True
):
    """A leaf of a definition."""

    @property
    def timed(self) -> bool:
        """Whether the calendar alone can change the answer."""
        return False

    @property
    def moved_by_looking(self) -> bool:
        """Whether views, carts and pages can change the answer (see segments.looking). When in doubt they can."""
        return True

    def issues(self, facts: Facts) -> Iterator[Issue]:
        """What must be mended before the condition can be used."""
        yield from ()

    def sql(self, build: Build) -> str:
        """A boolean over the profile `p`. NULL counts as no."""
        raise NotImplementedError

    def words(self, facts: Facts) -> str:
        """The condition as people say it, to follow "who": "bought at least 3 times in 30 days"."""
        raise NotImplementedError


def listed(names: list[str], most: int = 3) -> str:
    """ "Dairy or Bread or 2 more"."""
    shown = [name.split(" > ")[-1] for name in names[:most]]
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return " or ".join(shown)


def span(days: int) -> str:
    return "today" if days == 1 else f"in the last {days} days"
