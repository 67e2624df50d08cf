"""A closed loop: each connection sends its next request as soon as the last one is answered.

It finds how much a server can do. It says nothing of latency: while the server stands still, it asks nothing.
"""

from __future__ import annotations

import selectors
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .wire import Answer, Exchange, Target

Requests = Iterator[bytes]
# A server that answers nothing for so long is not slow but gone.
PATIENCE_SECONDS = 30.0


@dataclass(slots=True)
class Saturation:
    """`answered` requests in `seconds`; `statuses` counts them by status."""

    answered: int = 0
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return self.answered / self.seconds if self.seconds else 0.0


class ServerSilent(Exception):
    """No answer came for PATIENCE_SECONDS."""


class UnexpectedStatus(Exception):
    """The server answered with something else than 200; its first such answer is in the message."""


def saturate(
    target: Target,
    requests: Requests,
    *,
    connections: int,
    seconds: float | None = None,
    each: Callable[[Answer], None] | None = None,
) -> Saturation:
    """Send `requests` over `connections` until they end or `seconds` are over; every answer must be 200.

    The clock runs from the first request to the last answer. Answers that come after `seconds` count neither as
    requests nor as time.
    """
    found = Saturation()
    selector = selectors.DefaultSelector()
    exchanges = [Exchange(target.connect()) for _ in range(connections)]
    try:
        started = time.perf_counter()
        ends = started + seconds if seconds else float("inf")
        busy = 0
        for exchange in exchanges:
            selector.register(exchange.connection, selectors.EVENT_READ, exchange)
            busy += _next(exchange, requests, selector)
        last = started
        while busy:
            ready = selector.select(PATIENCE_SECONDS)
            if not ready:
                raise ServerSilent(f"{target.url} answered nothing for {PATIENCE_SECONDS:.0f} s")
            last = time.perf_counter()
            if last >= ends:
                last = ends
                break
            for key, events in ready:
                exchange = key.data
                if events & selectors.EVENT_WRITE and exchange.send_rest():
                    selector.modify(exchange.connection, selectors.EVENT_READ, exchange)
                if events & selectors.EVENT_READ:
                    answer = exchange.receive()
                    if answer is not None:
                        _count(found, answer)
                        if each:
                            each(answer)
                        if not _next(exchange, requests, selector):
                            busy -= 1
        found.seconds = last - started
        return found
    finally:
        selector.close()
        for exchange in exchanges:
            exchange.connection.close()


def _next(exchange: Exchange, requests: Requests, selector: selectors.BaseSelector) -> bool:
    request = next(requests, None)
    if request is None:
        return False
    if not exchange.send(request):
        selector.modify(exchange.connection, selectors.EVENT_READ | selectors.EVENT_WRITE, exchange)
    return True


def _count(found: Saturation, answer: Answer) -> None:
    found.answered += 1
    found.statuses[answer.status] += 1
    if answer.status != 200:
        raise UnexpectedStatus(f"{answer.status}: {answer.body[:300]!r}")
