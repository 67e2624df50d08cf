"""Open letters by what is wrong with them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Min

from ..models import DeadLetter

MOST_GROUPS = 12


@dataclass(frozen=True)
class Group:
    """Open letters that share reason, event and field."""

    reason: str
    event: str
    path: str
    letters: int
    first: dt.datetime
    last: dt.datetime


def groups() -> list[Group]:
    """The largest groups of open letters, most letters first."""
    rows = (
        DeadLetter.objects.filter(status=DeadLetter.Status.OPEN)
        .order_by()
        .values_list("reason", "event", "path")
        .annotate(n=Count("pk"), first=Min("received_at"), last=Max("received_at"))
        .order_by("-n", "reason", "event", "path")[:MOST_GROUPS]
    )
    return [Group(*row) for row in rows]
