"""Answers served and events received, per hour of the last day; times of answers; freshness."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from django.utils import timezone

from profiles.backlog import backlog_of
from recommendations.models import Decision
from tenants.console.plots import columns
from tenants.models import Tenant

HOURS = 24
# Percentiles of the latest answers only: a trace is some kilobytes, and what counts is now.
TIMED_ANSWERS = 500


def answers(tenant: Tenant) -> dict[str, Any]:
    """Decisions per hour by outcome, shares of fallback and blocked, and the latest answers' milliseconds."""
    hours, labels, tips = _hours(tenant)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT date_trunc('hour', at), outcome, count(*) FROM recommendations_decision
               WHERE at >= %s GROUP BY 1, 2""",
            [hours[0]],
        )
        found = {(hour, outcome): count for hour, outcome, count in cursor.fetchall()}
    traces = Decision.objects.order_by("-at").values_list("trace", flat=True)[:TIMED_ANSWERS]
    taken = [sum(float(stage["ms"]) for stage in trace.get("stages", ())) for trace in traces]
    p50, p95 = np.quantile(taken, [0.5, 0.95]).tolist() if taken else (None, None)
    outcomes = {"Served": "served", "Fallback": "fallback", "Blocked": "blocked"}
    series = {name: [found.get((hour, key), 0) for hour in hours] for name, key in outcomes.items()}
    totals = {key: sum(series[name]) for name, key in outcomes.items()}
    everything = sum(totals.values())
    return {
        "plot": columns(labels, series, tips=_spoken(tips, series)),
        "total": everything,
        "fallback_share": 100 * totals["fallback"] / everything if everything else 0,
        "blocked_share": 100 * totals["blocked"] / everything if everything else 0,
        "p50": p50,
        "p95": p95,
    }


def events(tenant: Tenant) -> dict[str, Any]:
    """Events received per hour, how many no worker has processed yet, and how old the oldest of these is."""
    hours, labels, tips = _hours(tenant)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT date_trunc('hour', received_at), count(*) FROM profiles_event
               WHERE received_at >= %s GROUP BY 1""",
            [hours[0]],
        )
        found = dict(cursor.fetchall())
        cursor.execute("SELECT count(*) FROM profiles_deadletter WHERE status = 'open'")
        dead = cursor.fetchone()[0]
    there = backlog_of(tenant.schema_name)
    waiting = there.seconds if there.live else None
    series = {"Events": [found.get(hour, 0) for hour in hours]}
    return {
        "plot": columns(labels, series, tips=_spoken(tips, series), tones=[4]),
        "total": sum(series["Events"]),
        "waiting_seconds": waiting,
        "waiting_events": there.live,
        "waiting_bulk": there.bulk,
        "waiting": _lasting(waiting) if waiting is not None else "",
        "dead_letters": dead,
    }


def _hours(tenant: Tenant) -> tuple[list[dt.datetime], list[str], list[str]]:
    """The last 24 hours as UTC moments, as labels in the tenant's zone, and as words for the tool tip."""
    zone = ZoneInfo(tenant.time_zone)
    last = timezone.now().replace(minute=0, second=0, microsecond=0)
    hours = [last - dt.timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    local = [hour.astimezone(zone) for hour in hours]
    return hours, [f"{hour:%H:%M}" for hour in local], [f"{hour:%a %H:%M %Z}" for hour in local]


def _lasting(seconds: float) -> str:
    """A time that people take in at once: "0.4 s", "24 min", "3 h"."""
    if seconds < 90:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"


def _spoken(tips: list[str], series: dict[str, list[int]]) -> list[str]:
    return [
        f"{tip} · " + " · ".join(f"{name} {values[i]:,}" for name, values in series.items())
        for i, tip in enumerate(tips)
    ]
