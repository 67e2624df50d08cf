"""An open loop: requests leave at a constant rate, whatever became of those before.

Latency counts from the moment a request was due, not from the moment a connection was free for it, so that a server
that stands still is seen by everyone who would have come meanwhile.
"""

from __future__ import annotations

import selectors
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .wire import BrokenAnswer, Exchange, Target

DRAIN_SECONDS = 30.0


@dataclass(slots=True)
class Arrivals:
    """Latencies in seconds, in the order of the answers. `unanswered`: those that never came."""

    rate: float
    seconds: float
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0


def arrive(
    target: Target, requests: Sequence[bytes], *, rate: float, most_connections: int = 256
) -> Arrivals:
    """Send every one of `requests`, `rate` of them a second; returns when all are answered or given up."""
    found = Arrivals(rate, len(requests) / rate)
    selector = selectors.DefaultSelector()
    idle: list[Exchange] = []
    every: list[Exchange] = []
    waiting = 0  # the next request to send
    under_way = 0
    started = time.perf_counter()
    give_up = started + len(requests) / rate + DRAIN_SECONDS
    try:
        while waiting < len(requests) or under_way:
            now = time.perf_counter()
            if now > give_up:
                break
            while waiting < len(requests) and started + waiting / rate <= now:
                if not idle:
                    if len(every) == most_connections:
                        break
                    fresh = Exchange(target.connect())
                    every.append(fresh)
                    idle.append(fresh)
                    selector.register(fresh.connection, selectors.EVENT_READ, fresh)
                exchange = idle.pop()
                exchange.due = started + waiting / rate
                if not exchange.send(requests[waiting]):
                    selector.modify(
                        exchange.connection, selectors.EVENT_READ | selectors.EVENT_WRITE, exchange
                    )
                waiting += 1
                under_way += 1
            next_due = started + waiting / rate if waiting < len(requests) else give_up
            blocked = not idle and len(every) == most_connections
            pause = 0.1 if blocked else max(0.0, min(next_due, give_up) - time.perf_counter())
            for key, events in selector.select(pause):
                under_way -= _advance(key.data, events, selector, idle, every, found)
    finally:
        selector.close()
        for exchange in every:
            exchange.connection.close()
    found.unanswered = len(requests) - len(found.latencies)
    return found


def _advance(
    exchange: Exchange,
    events: int,
    selector: selectors.BaseSelector,
    idle: list[Exchange],
    every: list[Exchange],
    found: Arrivals,
) -> int:
    """Go on with one exchange; 1 when it has ended."""
    if events & selectors.EVENT_WRITE and exchange.send_rest():
        selector.modify(exchange.connection, selectors.EVENT_READ, exchange)
    if not events & selectors.EVENT_READ:
        return 0
    try:
        answer = exchange.receive()
    except BrokenAnswer:
        selector.unregister(exchange.connection)
        exchange.connection.close()
        every.remove(exchange)
        if exchange in idle:
            # Nothing was asked: servers end connections on which nothing comes for a while.
            idle.remove(exchange)
            return 0
        return 1
    if answer is None:
        return 0
    found.latencies.append(time.perf_counter() - exchange.due)
    found.statuses[answer.status] += 1
    idle.append(exchange)
    return 1
