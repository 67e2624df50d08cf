"""What `/ready` and `/metrics` say about the spool."""

from __future__ import annotations

import time

from prometheus_client import Gauge

from . import aside
from .local import local_spool

_EVENTS = Gauge("attune_spool_events", "Events that wait on this host's disk until they are in the database")
_BYTES = Gauge("attune_spool_bytes", "Bytes that they take")
_LIMIT = Gauge("attune_spool_limit_bytes", "Bytes that they may take; beyond them events are refused")
_OLDEST = Gauge("attune_spool_oldest_seconds", "How long the oldest of them waits")
_ASIDE = Gauge("attune_spool_set_aside_records", "Records that could not be brought into the database")


def describe() -> dict[str, object]:
    """`state`: "empty", "waiting" or "full", with what waits."""
    spool = local_spool()
    waiting = spool.look()
    if not waiting.events:
        return {"state": "empty"}
    return {
        "state": "full" if waiting.size >= spool.limit * 0.99 else "waiting",
        "events": waiting.events,
        "bytes": waiting.size,
        "oldest_seconds": round(max(time.time() - waiting.since, 0.0), 1),
    }


def takes_events() -> bool:
    """Whether events would be taken although the database is away."""
    spool = local_spool()
    return spool.look().size < spool.limit * 0.99


def measure() -> None:
    """Read what waits into the gauges; /metrics calls it before it answers."""
    spool = local_spool()
    waiting = spool.look()
    _EVENTS.set(waiting.events)
    _BYTES.set(waiting.size)
    _LIMIT.set(spool.limit)
    _OLDEST.set(max(time.time() - waiting.since, 0.0) if waiting.events else 0.0)
    _ASIDE.set(sum(1 for _ in aside.records(spool.folder)))
