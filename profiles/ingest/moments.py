"""When an event happened, by clocks that may be wrong."""

from __future__ import annotations

import datetime as dt

_EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_MILLISECONDS_FROM = 1e11

Moment = str | int | float | None


def parse(value: Moment) -> dt.datetime | None:
    """ISO 8601 (UTC when it names no zone) or Unix time in seconds or milliseconds; None when it is neither."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            moment = dt.datetime.fromisoformat(value)
        else:
            seconds = value / 1000 if value >= _MILLISECONDS_FROM else value
            moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def occurred_at(timestamp: Moment, original: Moment, sent: Moment, received: dt.datetime) -> dt.datetime:
    """The event's own time, never after `received`.

    `timestamp` is taken at its word. `originalTimestamp` is what the device's clock showed: the interval to `sentAt`,
    shown by the same clock, is subtracted from the receipt (the tracking spec's correction of skewed clocks). A
    `timestamp` in the future proves a fast clock and is corrected likewise. Without any of them: the receipt.
    """
    moment = parse(timestamp)
    if moment is None or moment > received:
        on_device = moment or parse(original)
        moment = on_device
        if on_device is not None:
            sent_at = parse(sent)
            if sent_at is not None:
                moment = received - max(sent_at - on_device, dt.timedelta(0))
    if moment is None or moment < _EARLIEST:
        return received
    return min(moment, received)
