"""A steady stream of events in a process of its own, so that it does not slow the probes beside it."""

from __future__ import annotations

import itertools
import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from .arrivals import Arrivals, arrive
from .events import EventMaker
from .quantiles import quantile
from .wire import Target, post, write_key


@dataclass(frozen=True, slots=True)
class Stream:
    """`events` a second to /v1/batch, `size` in a batch, for `seconds`, at constant arrivals."""

    target: Target
    key: str
    shoppers: Sequence[str]
    items: Sequence[str]
    events: float
    size: int
    seconds: float
    newcomers: float = 0.0
    seed: int = 3


class StreamBroken(Exception):
    """Not every batch was answered with 200: the load was not what it should have been."""


@dataclass(slots=True)
class Delivered:
    """Filled when the stream has ended. `p99`: seconds from when a batch was due until it was durable."""

    batches: int = 0
    p99: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)


@contextmanager
def streaming(stream: Stream) -> Iterator[Delivered]:
    """Events flow inside the block. The block is entered with the first one and left when the last is answered."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(stream, theirs), daemon=True)
    process.start()
    theirs.close()
    delivered = Delivered()
    try:
        ours.recv()  # its bodies are made
        yield delivered
        found: Arrivals = ours.recv()
    finally:
        process.terminate()
        process.join()
    if found.unanswered or set(found.statuses) != {200}:
        raise StreamBroken(f"batches by status: {dict(found.statuses)}, without answer: {found.unanswered}")
    delivered.batches = len(found.latencies)
    delivered.p99 = quantile(found.latencies, 0.99)
    delivered.statuses = found.statuses


def _work(stream: Stream, out: Connection) -> None:
    headers = write_key(stream.key)
    rate = stream.events / stream.size
    bodies = EventMaker(stream.shoppers, stream.items, seed=stream.seed, newcomers=stream.newcomers).bodies(
        stream.size
    )
    requests = [post("/v1/batch", b, headers) for b in itertools.islice(bodies, round(rate * stream.seconds))]
    out.send("ready")
    out.send(arrive(stream.target, requests, rate=rate, most_connections=64))
