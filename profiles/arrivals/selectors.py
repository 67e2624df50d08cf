"""Reading the counts: what arrived by name, and by hour and outcome."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from .outcomes import FLAGGED, REFUSED, STRIPPED_OF, TAKEN

_BOTH = """(SELECT hour, type, name, outcome, events, seen_at FROM profiles_eventcount WHERE hour >= %(since)s
            UNION ALL
            SELECT hour, type, name, outcome, events, seen_at FROM profiles_eventtally WHERE hour >= %(since)s) AS counts"""


@dataclass(frozen=True)
class Seen:
    """A name's arrivals in a period. `first`: the first hour within 90 days; `conforming`: None when nothing was judged."""

    events: int
    first: dt.datetime
    last: dt.datetime
    conforming: float | None


def seen(days: int = 7) -> dict[tuple[int, str], Seen]:
    """(number of the type, name) → what arrived in the last days, without bots and repetitions."""
    now = dt.datetime.now(dt.UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT type, name,
                    coalesce(sum(events) FILTER (WHERE hour >= %(from)s), 0),
                    coalesce(sum(events) FILTER (WHERE hour >= %(from)s AND outcome = {TAKEN}), 0),
                    min(hour), max(seen_at)
                FROM {_BOTH} WHERE outcome IN ({TAKEN}, {FLAGGED}, {STRIPPED_OF}, {REFUSED}) AND type > 0
                GROUP BY 1, 2""",
            {"since": now - dt.timedelta(days=90), "from": now - dt.timedelta(days=days)},
        )
        return {
            (kind, name): Seen(int(n), first, last, int(good) / int(n) if n else None)
            for kind, name, n, good, first, last in cursor.fetchall()
        }


def by_hour(hours: list[dt.datetime]) -> dict[tuple[dt.datetime, int], int]:
    """(hour, outcome) → events, of hours that ascend."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT hour, outcome, sum(events) FROM {_BOTH} GROUP BY 1, 2", {"since": hours[0]})
        return {(hour, outcome): int(n) for hour, outcome, n in cursor.fetchall()}


def by_outcome(days: int) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT outcome, sum(events) FROM {_BOTH} GROUP BY 1",
            {"since": dt.datetime.now(dt.UTC) - dt.timedelta(days=days)},
        )
        return {outcome: int(n) for outcome, n in cursor.fetchall()}
