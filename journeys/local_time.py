"""Hours of the day where a shopper lives, through clock changes (IANA time zones, PEP 495)."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=1024)
def zone_named(name: str) -> dt.tzinfo | None:
    """The time zone, or None when there is none of this name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # Names come from shoppers' traits: "Mars/Phobos", "../etc", an empty string.
        return None


def at_local(day: dt.date, time: dt.time, zone: dt.tzinfo) -> dt.datetime:
    """That wall-clock time as an instant (UTC).

    A time that the clocks jump over (spring) is as much later as they jump; one that comes twice (autumn) is the first.
    """
    return dt.datetime.combine(day, time, zone).replace(fold=0).astimezone(dt.UTC)


def next_local(after: dt.datetime, time: dt.time, zone: dt.tzinfo) -> dt.datetime:
    """The first instant at or after `after` at which the clocks there show `time`; in the hour that comes twice that may
    be the second time."""
    day = after.astimezone(zone).date()
    for offset in range(3):
        that_day = day + dt.timedelta(days=offset)
        first = at_local(that_day, time, zone)
        # Earlier than the first is no second time, but a time that the clocks jump over.
        again = dt.datetime.combine(that_day, time, zone).replace(fold=1).astimezone(dt.UTC)
        for found in (first, max(first, again)):
            if found >= after:
                return found
    raise AssertionError("a day is shorter than two")


def within(moment: dt.datetime, start: dt.time, end: dt.time, zone: dt.tzinfo) -> bool:
    """Whether the clocks there show a time from `start` to before `end`; the span may go over midnight."""
    local = moment.astimezone(zone).time()
    return start <= local < end if start <= end else local >= start or local < end
