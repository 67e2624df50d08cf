"""How far measures are that are being computed of everybody, and whom they leave out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Min, Sum
from django.utils import timezone

from ..models import Profile
from .models import Aggregate, BuildPortion, BuildRun, BuildSkip

# Sooner nothing can be said of how long it takes.
_EARLIEST = dt.timedelta(seconds=5)


@dataclass(frozen=True)
class Progress:
    """`share` in percent of the shoppers; `minutes` still to go, None while it can't be told."""

    share: int
    minutes: int | None


def progress_of(aggregates: Collection[int]) -> Progress | None:
    """Of the measure among these that is least far; None when all are there."""
    building = Aggregate.objects.filter(pk__in=aggregates, status=Aggregate.Status.BUILDING)
    runs = set(building.values_list("run_id", flat=True))
    if not runs:
        return None
    if None in runs:
        return Progress(0, None)
    run = BuildRun.objects.filter(pk__in=runs).order_by("-pk").first()
    if run is None:
        return Progress(100, None)
    # Portions are done in the order of runs: what is left of earlier ones is to be waited for too.
    earlier = BuildRun.objects.filter(pk__lte=run.pk)
    left = BuildPortion.objects.filter(run__in=earlier).aggregate(n=Sum("shoppers"))["n"] or 0
    total = sum(earlier.values_list("shoppers", flat=True))
    began = earlier.aggregate(at=Min("started_at"))["at"]
    done, passed = max(0, total - left), timezone.now() - began
    minutes = None
    if done and passed > _EARLIEST:
        minutes = max(1, round(passed.total_seconds() * left / done / 60))
    return Progress(min(99, 100 * done // total) if total else 99, minutes)


def left_out(aggregate: int) -> list[tuple[Profile, str]]:
    """(shopper, why) of those whose past is not in the measure; the first hundred."""
    rows = dict(BuildSkip.objects.filter(aggregate_id=aggregate).values_list("profile_id", "reason")[:100])
    there = Profile.objects.in_bulk(list(rows))
    return [(profile, rows[pk]) for pk, profile in sorted(there.items())]
