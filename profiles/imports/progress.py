"""How fast an import goes, and how long it takes yet."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from .models import Import

# Before that a rate says nothing.
_LEAST_SECONDS = 2.0


@dataclass(frozen=True)
class Pace:
    """`lines_per_second` since it was last set going; `seconds_left` at that pace."""

    lines_per_second: float
    seconds_left: int


def pace(row: Import) -> Pace | None:
    """None unless it is running and has been for some seconds."""
    if row.status != Import.Status.RUNNING or row.since is None:
        return None
    seconds = (timezone.now() - row.since).total_seconds()
    done = row.position - row.since_position
    if seconds < _LEAST_SECONDS or done <= 0 or row.position <= 0:
        return None
    lines = row.lines * done / row.position
    return Pace(lines / seconds, round((row.end - row.position) * seconds / done))
