"""Days as a tenant counts them: from midnight to midnight in its time zone, as days since 1970.

Whatever counts by the day (features, computed traits, conditions of segments) asks here which day a moment belongs to and
when a day begins, so that "today" is the same everywhere. A day with a change of the clocks has 23 or 25 hours.
"""

from __future__ import annotations

import datetime as dt
import time
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from django.db import connection
from numpy.typing import NDArray

Ints = NDArray[np.int64]

DAY_SECONDS = 86_400
SECOND = 1_000_000  # microseconds
# Zones change their clocks at whole quarters of an hour of UTC (since 1972, when the last odd offset went).
_QUARTER = 900
_MOST_REMEMBERED = 100_000
# How long a process may go on with the zone that a tenant had.
STALE_SECONDS = 5.0


class Calendar:
    """The days of one time zone. Moments are unix microseconds, days are days since 1970 by the clock on the wall."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.zone: dt.tzinfo = dt.UTC if name == "UTC" else ZoneInfo(name)
        self._offsets: dict[int, int] = {}

    def day(self, at: int) -> int:
        seconds = at // SECOND
        return (seconds + self._offset(seconds // _QUARTER)) // DAY_SECONDS

    def hour(self, at: int) -> int:
        """0 to 23, by the clock on the wall."""
        seconds = at // SECOND
        return (seconds + self._offset(seconds // _QUARTER)) % DAY_SECONDS // 3600

    def start(self, day: int) -> int:
        """The first moment of a day; where the clocks skip midnight, the moment at which they do."""
        if self.zone is dt.UTC:
            return day * DAY_SECONDS * SECOND
        midnight = dt.datetime.combine(date_of(day), dt.time(), self.zone)
        return int(midnight.timestamp()) * SECOND

    def today(self, now: float | None = None) -> int:
        """The day that is running; `now` in unix seconds."""
        return self.day(int((time.time() if now is None else now) * SECOND))

    def date(self, moment: dt.datetime) -> dt.date:
        return date_of(self.day(int(moment.timestamp() * SECOND)))

    def end(self, date: dt.date) -> dt.datetime:
        """The last microsecond of a day."""
        after = self.start((date - dt.date(1970, 1, 1)).days + 1)
        return dt.datetime.fromtimestamp(after // SECOND, dt.UTC) - dt.timedelta(microseconds=1)

    def days(self, at: Ints) -> Ints:
        return self._wall(at) // DAY_SECONDS

    def hours(self, at: Ints) -> Ints:
        return self._wall(at) % DAY_SECONDS // 3600

    def starts(self, days: Ints) -> Ints:
        if self.zone is dt.UTC:
            return days * (DAY_SECONDS * SECOND)
        distinct, place = np.unique(days, return_inverse=True)
        return np.array([self.start(day) for day in distinct.tolist()], np.int64)[place.reshape(-1)]

    def _wall(self, at: Ints) -> Ints:
        """Seconds since 1970 as the clock on the wall counts them."""
        seconds = at // SECOND
        if self.zone is dt.UTC:
            return seconds
        quarters, place = np.unique(seconds // _QUARTER, return_inverse=True)
        offsets = np.array([self._offset(quarter) for quarter in quarters.tolist()], np.int64)
        wall: Ints = seconds + offsets[place.reshape(-1)]
        return wall

    def _offset(self, quarter: int) -> int:
        """Seconds that the clock on the wall is ahead of UTC, in a quarter of an hour."""
        if self.zone is dt.UTC:
            return 0
        found = self._offsets.get(quarter)
        if found is None:
            if len(self._offsets) >= _MOST_REMEMBERED:
                self._offsets.clear()
            ahead = dt.datetime.fromtimestamp(quarter * _QUARTER, self.zone).utcoffset()
            found = self._offsets[quarter] = int(ahead.total_seconds()) if ahead else 0
        return found


UTC_DAYS = Calendar("UTC")


@lru_cache(maxsize=600)
def calendar(name: str) -> Calendar:
    """The days of a zone by its name ("Australia/Sydney"); UTC for a name that this machine does not know."""
    if name in ("", "UTC"):
        return UTC_DAYS
    try:
        return Calendar(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC_DAYS


def date_of(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=day)


_known: dict[str, tuple[float, Calendar]] = {}


def calendar_of(schema: str) -> Calendar:
    """The days of a tenant, by its schema. A process may be `STALE_SECONDS` behind a change."""
    found = _known.get(schema)
    if found is None or time.monotonic() - found[0] > STALE_SECONDS:
        with connection.cursor() as cursor:
            cursor.execute("SELECT time_zone FROM public.tenants_tenant WHERE schema_name = %s", [schema])
            row = cursor.fetchone()
        found = _known[schema] = (time.monotonic(), calendar(row[0] if row else "UTC"))
    return found[1]


def current() -> Calendar:
    """The days of the tenant into whose schema the connection looks."""
    return calendar_of(connection.schema_name)  # type: ignore[attr-defined]  # django-tenants' connection


def forget() -> None:
    """The next question goes to the database."""
    _known.clear()
