"""How often a shopper came in the last twelve weeks, and what they spent in the last twelve months."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from tenants.console import plots

WEEKS, MONTHS = 12, 12


@dataclass(frozen=True)
class Activity:
    """`weeks`: acts a week; `months`: spent a month, None where nothing was; `orders`, `spent`: of the twelve months."""

    weeks: plots.Columns | None
    months: plots.Columns | None
    orders: int
    spent: float
    last_order: dt.datetime | None


def activity(schema: str, profile_id: int, time_zone: str, currency: str) -> Activity:
    """Two statements over the shopper's interactions; days and months are the shop's."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT (floor(extract(epoch FROM now() - at) / 604800))::int AS back, count(*)
                FROM "{schema}".profiles_interaction
                WHERE profile_id = %s AND at > now() - make_interval(weeks => %s) AND at <= now() GROUP BY 1""",
            [profile_id, WEEKS],
        )
        weeks = dict(cursor.fetchall())
        cursor.execute(
            f"""SELECT date_trunc('month', at AT TIME ZONE %s)::date, sum(value) FILTER (WHERE kind = 3),
                    count(DISTINCT coalesce(nullif(order_key, 0), id)) FILTER (WHERE kind = 3),
                    max(at) FILTER (WHERE kind = 3)
                FROM "{schema}".profiles_interaction
                WHERE profile_id = %s AND kind = 3 AND at >=
                    (date_trunc('month', now() AT TIME ZONE %s) - make_interval(months => %s)) AT TIME ZONE %s
                GROUP BY 1 ORDER BY 1""",
            [time_zone, profile_id, time_zone, MONTHS - 1, time_zone],
        )
        rows = cursor.fetchall()
    spent = {month: float(value or 0) for month, value, _, _ in rows}
    return Activity(
        _weeks(weeks),
        _months(spent, currency),
        sum(count for _, _, count, _ in rows),
        sum(spent.values()),
        max((at for *_, at in rows), default=None),
    )


def _weeks(found: dict[int, int]) -> plots.Columns | None:
    if not found:
        return None
    counts = [float(found.get(back, 0)) for back in range(WEEKS - 1, -1, -1)]
    labels = [f"{back} w ago" if back else "this week" for back in range(WEEKS - 1, -1, -1)]
    tips = [
        f"{label}: {count:,.0f} act{'' if count == 1 else 's'}"
        for label, count in zip(labels, counts, strict=True)
    ]
    return plots.columns(labels, {"acts": counts}, tips=tips, shown_labels=2)


def _months(spent: dict[dt.date, float], currency: str) -> plots.Columns | None:
    if not spent:
        return None
    last = max(max(spent), dt.datetime.now(dt.UTC).date().replace(day=1))
    months = [_back(last, back) for back in range(MONTHS - 1, -1, -1)]
    values = [spent.get(month, 0.0) for month in months]
    tips = [f"{month:%B %Y}: {currency} {value:,.2f}" for month, value in zip(months, values, strict=True)]
    return plots.columns(
        [f"{month:%b}" for month in months], {"spent": values}, tips=tips, shown_labels=6, tones=(4,)
    )


def _back(month: dt.date, count: int) -> dt.date:
    months = month.year * 12 + month.month - 1 - count
    return dt.date(months // 12, months % 12 + 1, 1)
