"""Journeys that run and what they sent, for the marketer's first look in the morning."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection
from django.utils import timezone

from tenants.console.plots import columns
from tenants.models import Tenant

DAYS = 14
SHOWN = 5
DELAYED = dt.timedelta(days=7)


def lately(tenant: Tenant) -> dict[str, Any]:
    """Running journeys with their sums; messages per day (UTC) over 14 days; what waits for a person."""
    today = timezone.now().astimezone(dt.UTC).date()
    days = [today - dt.timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    start = dt.datetime.combine(days[0], dt.time(), dt.UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT j.id, j.name, j.status, coalesce(sum(n.amount) FILTER (WHERE n.name = 'entered'), 0),
                      coalesce(sum(n.amount) FILTER (WHERE n.name LIKE 'outcome:%%'), 0),
                      coalesce(sum(n.amount) FILTER (WHERE n.name = 'goal'), 0)
               FROM journeys_journey j LEFT JOIN journeys_version v ON v.journey_id = j.id
               LEFT JOIN journeys_nodecount n ON n.version_id = v.id AND n.node = ''
               WHERE j.status IN ('live', 'paused') GROUP BY 1, 2, 3 ORDER BY 3, 4 DESC, 1"""
        )
        rows = cursor.fetchall()
        cursor.execute(
            """SELECT (decided_at AT TIME ZONE 'UTC')::date, count(*), count(clicked_at)
               FROM journeys_message
               WHERE state IN ('sent', 'delivered') AND created_at >= %s AND decided_at >= %s GROUP BY 1""",
            # The index is on the time of the decision to send; what was held back longer is too rare to matter.
            [start - DELAYED, start],
        )
        sent = {day: (int(count), int(clicked)) for day, count, clicked in cursor.fetchall()}
        cursor.execute("SELECT count(*) FROM journeys_message WHERE state = 'unknown'")
        (unknown,) = cursor.fetchone()
    per_day = [sent.get(day, (0, 0))[0] for day in days]
    clicked = sum(clicks for _, clicks in sent.values())
    total = sum(per_day)
    return {
        "running": sum(1 for row in rows if row[2] == "live"),
        "paused": sum(1 for row in rows if row[2] == "paused"),
        "journeys": [
            {
                "id": pk,
                "name": name,
                "status": status,
                "entered": int(entered),
                "inside": max(int(entered) - int(left), 0),
                "goal": 100 * int(goals) / int(entered) if entered else None,
            }
            for pk, name, status, entered, left, goals in rows[:SHOWN]
        ],
        "inside": sum(max(int(row[3]) - int(row[4]), 0) for row in rows),
        "sent": total,
        "sent_today": per_day[-1],
        "click_share": 100 * clicked / total if total else None,
        "unknown": int(unknown),
        "plot": columns(
            [f"{day.day} {day:%b}" for day in days],
            {"Messages": [float(count) for count in per_day]},
            tips=[
                f"{day:%a} {day.day} {day:%b} · {count:,} sent"
                for day, count in zip(days, per_day, strict=True)
            ],
        ),
    }
