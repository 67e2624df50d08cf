"""When an event happened."""

import datetime as dt

import pytest

from profiles.ingest.moments import occurred_at

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


def at(month: int, day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("timestamp", "original", "sent", "expected"),
    [
        ("2026-04-30T10:00:00Z", None, None, at(4, 30, 10)),
        ("2026-04-30T10:00:00+02:00", None, None, at(4, 30, 8)),
        ("2026-04-30T10:00:00", None, None, at(4, 30, 10)),
        (1777543200, None, None, at(4, 30, 10)),
        (1777543200000, None, None, at(4, 30, 10)),
        # A device whose clock is an hour slow: the event was two minutes before it was sent.
        (None, "2026-05-01T10:58:00Z", "2026-05-01T11:00:00Z", at(5, 1, 11, 58)),
        (None, "2026-05-01T10:58:00Z", None, at(5, 1, 10, 58)),
        # The same said in “timestamp”, as SDKs do; an hour slow, and a day.
        ("2026-05-01T10:58:00Z", None, "2026-05-01T11:00:00Z", at(5, 1, 11, 58)),
        ("2026-04-30T11:58:00Z", None, "2026-04-30T12:00:00Z", at(5, 1, 11, 58)),
        # A device that never learnt what year it is.
        (60, None, 120, at(5, 1, 11, 59)),
        # A clock that is right: the request was on its way for three seconds. History is not moved.
        ("2026-05-01T11:58:00Z", None, "2026-05-01T11:59:57Z", at(5, 1, 11, 58)),
        ("2026-01-01T00:00:00Z", None, "2026-05-01T11:59:57Z", at(1, 1, 0)),
        # Corrected already by whoever passed it on.
        ("2026-05-01T09:00:00Z", "2026-05-01T07:00:00Z", "2026-05-01T10:00:00Z", at(5, 1, 9)),
        # “sentAt” before the event, by the same clock; and clocks that say nothing at all.
        ("2026-05-01T10:00:00Z", None, "2026-05-01T09:00:00Z", NOW),
        ("0001-01-01T00:00:00Z", None, "9999-12-31T00:00:00Z", NOW),
        # A clock that is ahead.
        ("2026-05-01T13:00:00Z", None, "2026-05-01T13:05:00Z", at(5, 1, 11, 55)),
        ("2027-01-01T00:00:00Z", None, None, NOW),
        (None, None, None, NOW),
        ("yesterday", None, None, NOW),
        ("1970-01-01T00:00:00Z", None, None, NOW),
        (1e300, None, None, NOW),
    ],
)
def test_the_time_of_an_event(timestamp, original, sent, expected):
    assert occurred_at(timestamp, original, sent, NOW) == expected
