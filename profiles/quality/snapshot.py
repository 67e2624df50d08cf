"""How each feature is distributed over a sample of the tenant's shoppers, once a day, and how far that moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson
from django.db import connection

from tenants.scope import Scope

from ..days import calendar
from ..features.definitions import FEATURES
from ..features.folds import Sources
from . import drift
from .distribution import added, histogram
from .models import FeatureDay

SAMPLE = 20_000
# Days of the past are made anew from what happened, which takes longer.
PAST_SAMPLE = 500
REFERENCE_DAYS = 28


def take(scope: Scope, now: dt.datetime) -> int:
    """Note today's distributions, after those of the 28 days before when there are none yet; shoppers looked at.

    The connection looks into the tenant's schema. Running it twice a day replaces the first.
    """
    today = calendar(scope.time_zone).date(now)
    if not FeatureDay.objects.filter(day__lt=today).exists():
        _remember_past(scope, today)
    values, shoppers = _values(scope, now)
    before = _reference(today)
    for feature in FEATURES:
        counts = histogram(feature.type, values[feature.name])
        kl, verdict = drift.judge(counts, *before.get(feature.name, ({}, 0)))
        _write(feature.name, today, shoppers, counts, kl, verdict)
    return shoppers


def _values(scope: Scope, now: dt.datetime) -> tuple[dict[str, list[Any]], int]:
    """Feature → values of the sampled shoppers. Which these are stays the same from day to day."""
    values: dict[str, list[Any]] = {feature.name: [] for feature in FEATURES}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT features::text, counters::text FROM "{scope.schema}".profiles_profile
                ORDER BY hashint8(id), id LIMIT {SAMPLE}"""
        )
        rows = cursor.fetchall()
    today = calendar(scope.time_zone).today(now.timestamp())
    for features, counters in rows:
        then = Sources(orjson.loads(features), orjson.loads(counters), today)
        for feature in FEATURES:
            values[feature.name].append(feature.read(then))
    return values, len(rows)


def _reference(today: dt.date) -> dict[str, tuple[dict[str, int], int]]:
    """Feature → what the 28 days before counted together, and how many different shoppers that is about."""
    rows = FeatureDay.objects.filter(day__lt=today, day__gte=today - dt.timedelta(days=REFERENCE_DAYS))
    found: dict[str, list[FeatureDay]] = {}
    for row in rows:
        found.setdefault(row.feature, []).append(row)
    return {
        name: (added(day.histogram for day in days), max(day.known for day in days))
        for name, days in found.items()
    }


def _remember_past(scope: Scope, today: dt.date) -> None:
    """The ends of the 28 days before, of shoppers who were there then, made anew from what happened."""
    # Pandas is for workers: web processes, which import this module for its pages, have no use for it.
    import numpy as np
    import pandas as pd

    from ..features.offline import point_in_time

    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT id, first_seen_at FROM "{scope.schema}".profiles_profile
                ORDER BY hashint8(id), id LIMIT {PAST_SAMPLE}"""
        )
        people = cursor.fetchall()
    if not people:
        return
    days = [today - dt.timedelta(days=back) for back in range(REFERENCE_DAYS, 0, -1)]
    mine = calendar(scope.time_zone)
    ends = [mine.end(day) for day in days]
    asked = [(pk, end) for end in ends for pk, first in people if first <= end]
    if not asked:
        return
    frame = pd.DataFrame(
        {"profile_id": [pk for pk, _ in asked], "at": pd.to_datetime([end for _, end in asked], utc=True)}
    )
    known = point_in_time(scope, frame)
    date = np.array([end.astimezone(mine.zone).date() for _, end in asked])
    # What shoppers were told to be has no past (see features.offline): it begins today.
    for feature in FEATURES:
        if feature.group == "demographics":
            continue
        for day in days:
            values = known.loc[date == day, feature.name]
            if len(values):
                _write(feature.name, day, len(values), histogram(feature.type, values), None, "")


def _write(
    name: str, day: dt.date, shoppers: int, counts: Mapping[str, int], kl: float | None, verdict: str
) -> None:
    FeatureDay.objects.update_or_create(
        feature=name,
        day=day,
        defaults={
            "shoppers": shoppers,
            "known": sum(counts.values()),
            "histogram": dict(counts),
            "kl": kl,
            "verdict": verdict,
        },
    )


def drifting(today: dt.date) -> list[FeatureDay]:
    """The features that drift by the latest day noted, of the last two, farthest first."""
    latest: dict[str, FeatureDay] = {}
    for row in FeatureDay.objects.filter(day__gte=today - dt.timedelta(days=2)).order_by("day"):
        latest[row.feature] = row
    found = [row for row in latest.values() if row.verdict == drift.DRIFT]
    return sorted(found, key=lambda row: -(row.kl or 0))


def forget(before: dt.date) -> int:
    """Delete days that no page shows any more."""
    return FeatureDay.objects.filter(day__lt=before).delete()[0]
