"""Lanes of the event queue: a shopper's events share one, and one worker at a time holds it.

Lanes from 0 on are live; behind them lie as many for what was brought in bulk, taken only while no live event waits.
"""

from __future__ import annotations

LANES = 64
LIVE = range(LANES)
BULK = range(LANES, 2 * LANES)
# Sources whose events nobody waits for.
_BULK_SOURCES = frozenset({"import", "backfill"})


def first_lane(source: str) -> int:
    """Where the lanes of a source begin; the handle's hash, below `LANES`, is added to it."""
    return BULK.start if source in _BULK_SOURCES else LIVE.start


def lane_sql(handle: str, first: str) -> str:
    """SQL (of a statement with parameters) for an event's lane; both arguments are SQL, `first` an integer."""
    return f"{first} + get_byte({handle}, 0) %% {LANES}"
