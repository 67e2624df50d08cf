"""Purchases and revenue per day, and the categories that sell: from the sums per item and day, not from each fact."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection
from django.utils import timezone

from tenants.console.plots import columns
from tenants.models import Tenant

DAYS = 30
WEEK = 7
# Whole days without a purchase after which a week's comparison would only say that nothing came in.
SILENT_DAYS = 2


def lately(tenant: Tenant) -> dict[str, Any]:
    """Revenue per day (UTC, as the sums are kept) over 30 days, the last 7 whole days against the 7 before, and the
    week's eight best categories."""
    today = timezone.now().astimezone(dt.UTC).date()
    days = [today - dt.timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT day, sum(purchases), sum(revenue) FROM recommendations_itemday
               WHERE day BETWEEN %s AND %s GROUP BY 1""",
            [days[0], today],
        )
        found = {day: (int(lines), float(value)) for day, lines, value in cursor.fetchall()}
        cursor.execute(
            """SELECT split_part(i.category, ' > ', 1)
                          || coalesce(' › ' || nullif(split_part(i.category, ' > ', 2), ''), ''),
                      sum(d.revenue), sum(d.purchases)
               FROM recommendations_itemday d JOIN catalog_item i ON i.id = d.item_id
               WHERE d.day BETWEEN %s AND %s AND i.category <> ''
               GROUP BY 1 HAVING sum(d.revenue) > 0 ORDER BY 2 DESC LIMIT 8""",
            [today - dt.timedelta(days=WEEK), today],
        )
        categories = cursor.fetchall()
    lines = [found.get(day, (0, 0.0))[0] for day in days]
    revenue = [found.get(day, (0, 0.0))[1] for day in days]
    # The day that runs is not over: weeks are compared over whole days.
    week, before = sum(revenue[-WEEK - 1 : -1]), sum(revenue[-2 * WEEK - 1 : -WEEK - 1])
    sold = [day for day in days if found.get(day, (0, 0.0))[0]]
    silent = bool(sold) and (today - sold[-1]).days > SILENT_DAYS
    best = max((float(value) for _, value, _ in categories), default=0.0)
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
        # As text: what the dashboard keeps for a while goes through JSON.
        "silent_since": f"{sold[-1].day} {sold[-1]:%b}" if silent else None,
        "week_lines": sum(lines[-WEEK - 1 : -1]),
        "change": 100 * (week / before - 1) if before else None,
        "drop": 100 * (1 - week / before) if before else None,
        "categories": [
            {"name": name, "value": float(value), "lines": int(count), "share": 100 * float(value) / best}
            for name, value, count in categories
        ],
    }
