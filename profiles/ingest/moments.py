"""When an event happened, by clocks that may be wrong."""

from __future__ import annotations

import datetime as dt

_EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_MILLISECONDS_FROM = 1e11
# A clock that differs less is right: the request was on its way for so long.
TRUSTED = dt.timedelta(seconds=10)

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

    What the device's clock showed (`timestamp` as SDKs send it, or `originalTimestamp`) is corrected by how wrong that
    clock is: the tracking spec's received − (sentAt − originalTimestamp). A clock that is right within `TRUSTED`, which
    is what the way of a request may take, is taken at its word. An event with both times was corrected by whoever
    passed it on. Without any time, or with one that the correction can't save: the receipt.
    """
    corrected, on_device = parse(timestamp), parse(original)
    if corrected is not None and (on_device is None or corrected > received):
        corrected, on_device = None, corrected
    moment = corrected or on_device
    if corrected is None and on_device is not None:
        sent_at = parse(sent)
        if sent_at is not None and (abs(received - sent_at) > TRUSTED or on_device > received):
            moment = _before(received, sent_at - on_device)
    if moment is None or moment < _EARLIEST:
        return received
    return min(moment, received)


def _before(received: dt.datetime, interval: dt.timedelta) -> dt.datetime | None:
    try:
        return received - max(interval, dt.timedelta(0))
    except OverflowError:
        return None
