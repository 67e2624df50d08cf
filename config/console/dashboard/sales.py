"""Purchases and revenue per day, and the categories that sell, from the interactions."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from profiles.models import Interaction
from tenants.console.plots import columns
from tenants.models import Tenant

DAYS = 30
WEEK = 7


def lately(tenant: Tenant) -> dict[str, Any]:
    """Revenue per day over 30 days, the last 7 against the 7 before, and the week's eight best categories."""
    zone = ZoneInfo(tenant.time_zone)
    today = timezone.now().astimezone(zone).date()
    days = [today - dt.timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    start = dt.datetime.combine(days[0], dt.time(), zone)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (at AT TIME ZONE %s)::date, count(*), sum(value), count(DISTINCT profile_id)
               FROM profiles_interaction WHERE at >= %s AND at < %s AND kind = %s GROUP BY 1""",
            [tenant.time_zone, start, timezone.now(), Interaction.Kind.PURCHASE],
        )
        found = {day: (count, float(value or 0), buyers) for day, count, value, buyers in cursor.fetchall()}
        cursor.execute(
            """SELECT split_part(i.category, ' > ', 1) || coalesce(' › ' || nullif(split_part(i.category, ' > ', 2), ''), ''),
                      sum(t.value), count(*)
               FROM profiles_interaction t JOIN catalog_item i ON i.id = t.item_id
               WHERE t.at >= %s AND t.at < %s AND t.kind = %s AND i.category <> ''
               GROUP BY 1 ORDER BY 2 DESC LIMIT 8""",
            [timezone.now() - dt.timedelta(days=WEEK), timezone.now(), Interaction.Kind.PURCHASE],
        )
        categories = cursor.fetchall()
    revenue = [found.get(day, (0, 0.0, 0))[1] for day in days]
    lines = [found.get(day, (0, 0.0, 0))[0] for day in days]
    # The day that runs is not over: weeks are compared over whole days.
    week, before = sum(revenue[-WEEK - 1 : -1]), sum(revenue[-2 * WEEK - 1 : -WEEK - 1])
    best = max((float(value) for _, value, _ in categories), default=0)
    return {
        "plot": columns(
            [f"{day.day} {day:%b}" for day in days],
            {"Revenue": revenue},
            tips=[
                f"{day:%a} {day.day} {day:%b} · {tenant.currency} {value:,.2f} · {count:,} lines"
                for day, value, count in zip(days, revenue, lines, strict=True)
            ],
        ),
        "week": week,
        "week_lines": sum(lines[-WEEK - 1 : -1]),
        "change": 100 * (week / before - 1) if before else None,
        "drop": 100 * (1 - week / before) if before else None,
        "categories": [
            {"name": name, "value": float(value), "lines": count, "share": 100 * float(value) / best}
            for name, value, count in categories
            if best
        ],
    }
