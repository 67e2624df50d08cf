"""The calendar of segments: conditions know days (of the tenant's zone) and nothing finer, so time alone moves members at midnight."""

from __future__ import annotations

import datetime as dt
import time

from tenants.due import LONGEST_TRANSACTION

from ..days import SECOND, UTC_DAYS, Calendar

QUEUE = "segments"
# Batches that began before midnight judge by the day before: the pass of a new day begins when they have ended.
AFTER_MIDNIGHT = LONGEST_TRANSACTION + dt.timedelta(seconds=5)


def today(days: Calendar = UTC_DAYS) -> int:
    """The day that is running, as days since 1970."""
    return days.today(time.time())


def day_of(number: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=number)


def next_pass(day: int, days: Calendar = UTC_DAYS) -> dt.datetime:
    """When everybody is looked at again after the pass of `day`."""
    return dt.datetime.fromtimestamp(days.start(day + 1) / SECOND, dt.UTC) + AFTER_MIDNIGHT
