"""How old a feature's value is: the last day on which something that it is made from happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ..days import Calendar, date_of
from . import habits
from .definitions import FEATURES, Feature

# Leanings that only acts with items move; the others follow any event.
_OF_ACTS = frozenset({habits.CATEGORIES, habits.BRANDS, habits.PRICE, habits.POPULARITY})


def changed_on(
    feature: Feature,
    counters: Mapping[str, Any],
    *,
    last_act: dt.datetime | None,
    last_seen: dt.datetime,
    days: Calendar,
) -> dt.date | None:
    """The day, of the tenant's zone; None when nothing of it is known, or when it was is not (what traits say).

    Counts are kept for 90 days: what is older than that is None too.
    """
    if feature.fold.counts:
        counted = [
            int(day) for day, bucket in counters.items() if any(bucket.get(c) for c in feature.fold.counts)
        ]
        return date_of(max(counted)) if counted else None
    if feature.fold.leaning in _OF_ACTS:
        return last_act.astimezone(days.zone).date() if last_act else None
    return last_seen.astimezone(days.zone).date() if feature.fold.leaning else None


def ages(
    counters: Mapping[str, Any], *, last_act: dt.datetime | None, last_seen: dt.datetime, days: Calendar
) -> dict[str, dict[str, Any]]:
    """Name → {"changed_on": day or None, "window_days": days or None} of every feature."""
    return {
        feature.name: {
            "changed_on": changed_on(feature, counters, last_act=last_act, last_seen=last_seen, days=days),
            "window_days": feature.window_days,
        }
        for feature in FEATURES
    }
