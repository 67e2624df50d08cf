"""Visits: when a shopper was there, as a union of intervals, so that the order in which events come does not matter.

Two events belong to one visit when at most 30 minutes lie between them, or a chain of such events. What is kept is,
per day (of the tenant's zone), the intervals that this day's events make, flat: {"ss": [first, last, …]}, in whole seconds
after the midnight in UTC of the same date, so that their distances need no zone, beside their number {"se": n}. An interval that goes on from the day before is counted there, where the visit began.
A day's number depends on its own intervals and on the last of the day before, and on nothing else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

GAP_SECONDS = 30 * 60
DAY_SECONDS = 86_400
COUNT, SPANS = "se", "ss"

Days = dict[str, dict[str, Any]]


def note(counters: Days, at: int, day: int | None = None) -> None:
    """An event at `at`, in unix seconds, on the tenant's `day` (of UTC without)."""
    day = at // DAY_SECONDS if day is None else day
    second = at - day * DAY_SECONDS
    bucket = counters.setdefault(str(day), {})
    spans = bucket.setdefault(SPANS, [])
    if spans and spans[-2] <= second <= spans[-1]:
        return
    bucket[SPANS] = joined(spans, second, second)
    _count_again(counters, day)


def merge(into: Days, day: int, spans: Sequence[int]) -> None:
    """Add another profile's intervals of a day."""
    if not spans:
        return
    bucket = into.setdefault(str(day), {})
    for first, last in pairs(spans):
        bucket[SPANS] = joined(bucket.get(SPANS, []), first, last)
    _count_again(into, day)


def joined(spans: Sequence[int], first: int, last: int) -> list[int]:
    """Disjoint intervals, oldest first, with one more; those no more than the gap apart become one."""
    before = bisect_left(spans, first - GAP_SECONDS)
    start = before - before % 2  # the first interval that ends late enough to touch
    after = start
    while after < len(spans) and spans[after] <= last + GAP_SECONDS:
        first, last = min(first, spans[after]), max(last, spans[after + 1])
        after += 2
    return [*spans[:start], first, last, *spans[after:]]


def pairs(spans: Sequence[int]) -> Iterable[tuple[int, int]]:
    return zip(spans[::2], spans[1::2], strict=True)


def _count_again(counters: Days, day: int) -> None:
    """The numbers of a day whose intervals changed, and of the next, which may go on from it."""
    for number in (day, day + 1):
        bucket = counters.get(str(number))
        spans = bucket.get(SPANS) if bucket else None
        if bucket is not None and spans:
            before = counters.get(str(number - 1), {}).get(SPANS)
            goes_on = before is not None and spans[0] + DAY_SECONDS - before[-1] <= GAP_SECONDS
            bucket[COUNT] = len(spans) // 2 - goes_on
