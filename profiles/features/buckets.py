"""Counts per day, from which every window is summed: {day: {name: amount}}, the day as days since 1970 (UTC)."""

from __future__ import annotations

KEEP_DAYS = 91  # the longest window and the day that is still running

# Names are short because they are stored once per day and shopper.
PAGE_VIEW, ITEM_VIEW, CART, PURCHASE, REVENUE, ORDER, SESSION = "pv", "iv", "ca", "pu", "rv", "or", "se"
APP, EMAIL_SENT, EMAIL_OPEN, EMAIL_CLICK, REFUND, CLICK = "ap", "es", "eo", "ec", "rf", "cl"

Counters = dict[str, dict[str, float]]


def add(counters: Counters, day: int, name: str, amount: float = 1) -> None:
    bucket = counters.setdefault(str(day), {})
    bucket[name] = round(bucket.get(name, 0) + amount, 4)


def total(counters: Counters, name: str, today: int, days: int) -> float:
    """The sum over the last `days` days, today included. Days after `today` do not count."""
    first = today - days + 1
    return sum(bucket.get(name, 0) for day, bucket in counters.items() if first <= int(day) <= today)


def prune(counters: Counters, today: int) -> None:
    """Forget days that no window reaches any more."""
    if len(counters) > 1:
        for day in [d for d in counters if int(d) <= today - KEEP_DAYS]:
            del counters[day]


def merge(into: Counters, other: Counters) -> None:
    for day, bucket in other.items():
        for name, amount in bucket.items():
            add(into, int(day), name, amount)
