"""Plan limits at the door. Counted in Valkey; while it is away, each process counts for itself."""

from __future__ import annotations

import threading
import time
from collections import defaultdict

from .problems import Problem
from .scope import Scope

_local: dict[tuple[str, int], int] = defaultdict(int)
_lock = threading.Lock()


def request_key(scope: Scope, now: float) -> str:
    return f"{scope.schema}:q:{int(now)}"


def event_key(scope: Scope, now: float) -> str:
    return f"{scope.schema}:ev:{int(now // 86400)}"


def check_requests(scope: Scope, used: int, now: float) -> None:
    """Raise 429 when this second's count is over the plan's."""
    if scope.requests_per_second and used > scope.requests_per_second:
        raise Problem(
            429,
            "rate_limit_exceeded",
            f"Your plan allows {scope.requests_per_second} requests a second. Try again in a second.",
            headers={"Retry-After": "1"},
        )


def check_events(scope: Scope, used: int, now: float) -> None:
    """Raise 429 when today's (UTC) accepted events are over the plan's; Retry-After is midnight."""
    if scope.events_per_day and used > scope.events_per_day:
        wait = 86400 - int(now % 86400)
        raise Problem(
            429,
            "event_quota_exceeded",
            f"Your plan allows {scope.events_per_day:,} events a day. The count starts again at midnight UTC.",
            headers={"Retry-After": str(wait)},
        )


def count_locally(key: str, amount: int = 1) -> int:
    """The count of this process alone, for when Valkey is away."""
    bucket = int(time.time())
    with _lock:
        if len(_local) > 10_000:
            _local.clear()
        _local[(key, bucket // 86400)] += amount
        return _local[(key, bucket // 86400)]
