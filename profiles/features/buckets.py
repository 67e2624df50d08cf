"""Counts per day, from which every window is summed: {day: {name: amount}}, the day as days since 1970 (profiles.days).

A window of N days is the day that is running and the N − 1 before it, as far as they have gone: what a marketer reads
off a calendar, exact at both ends, and summed from one number a day. Amounts keep four decimals, each for itself, so
that sums do not depend on the order in which events come.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import sessions

# The longest window is 90 days, the running one among them; one more is kept, from which a visit may go on.
KEEP_DAYS = 91

# Names are short because they are stored once per day and shopper.
PAGE_VIEW, ITEM_VIEW, CART, PURCHASE, REVENUE, ORDER, SESSION = "pv", "iv", "ca", "pu", "rv", "or", "se"
APP, EMAIL_SENT, EMAIL_OPEN, EMAIL_CLICK, REFUND, CLICK = "ap", "es", "eo", "ec", "rf", "cl"
WISH, UNWISH = "wi", "uw"
# Not an amount: the orders that an event of this day changed (see processing.orders).
CHANGED_ORDERS = "oc"

Counters = dict[str, dict[str, Any]]


def add(counters: Counters, day: int, name: str, amount: float = 1) -> None:
    bucket = counters.setdefault(str(day), {})
    bucket[name] = round(bucket.get(name, 0) + round(amount, 4), 4)


def total(counters: Counters, name: str, today: int, days: int) -> float:
    """The sum over the last `days` days, today included. Days after `today` do not count."""
    first = today - days + 1
    return sum(bucket.get(name, 0) for day, bucket in counters.items() if first <= int(day) <= today)


def prune(counters: Counters, today: int) -> None:
    """Forget days that no window reaches any more."""
    for day in [d for d in counters if int(d) <= today - KEEP_DAYS]:
        del counters[day]


def merge(into: Counters, other: Counters) -> None:
    """Add another profile's days. Visits of both at the same time are one."""
    for day, bucket in other.items():
        spans = bucket.get(sessions.SPANS)
        for name, amount in bucket.items():
            if name == CHANGED_ORDERS:
                note_changed_orders(into, int(day), amount)
            # Counted from intervals, unless they are older than those.
            elif name != sessions.SPANS and not (name == SESSION and spans):
                add(into, int(day), name, amount)
        sessions.merge(into, int(day), spans or ())


def note_changed_orders(counters: Counters, day: int, orders: Iterable[int]) -> None:
    """Events of the day changed these orders (keys as `Interaction.order_key`)."""
    bucket = counters.setdefault(str(day), {})
    bucket[CHANGED_ORDERS] = sorted({*bucket.get(CHANGED_ORDERS, ()), *orders})


def changed_orders(counters: Counters) -> set[int]:
    return {order for bucket in counters.values() for order in bucket.get(CHANGED_ORDERS, ())}
