"""The calendar of segments: conditions know days (UTC) and nothing finer, so time alone moves members at midnight."""

from __future__ import annotations

import datetime as dt
import time

from tenants.due import LONGEST_TRANSACTION

QUEUE = "segments"
# Batches that began before midnight judge by the day before: the pass of a new day begins when they have ended.
AFTER_MIDNIGHT = LONGEST_TRANSACTION + dt.timedelta(seconds=5)


def today() -> int:
    """Days since 1970 (UTC)."""
    return int(time.time() // 86400)


def day_of(number: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=number)


def next_pass(day: int) -> dt.datetime:
    """When everybody is looked at again after the pass of `day`."""
    return dt.datetime.fromtimestamp((day + 1) * 86400, dt.UTC) + AFTER_MIDNIGHT
