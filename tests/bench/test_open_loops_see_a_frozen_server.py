"""A server that stands still one second in five is seen by an open loop, and hidden by a closed one."""

from __future__ import annotations

import itertools
import time

import pytest

from bench.load.arrivals import arrive
from bench.load.closed import saturate
from bench.load.k6 import binary, constant_arrivals
from bench.load.quantiles import quantile
from bench.load.wire import get

REQUEST = get("/any")
PERIOD, FROZEN = 2.5, 0.5
RATE, SECONDS = 100, 5


def test_arrivals_count_those_who_would_have_come_meanwhile(serve, freezing):
    server = serve(gate=freezing(PERIOD, FROZEN))
    found = arrive(server.target, [REQUEST] * (RATE * SECONDS), rate=RATE)
    assert found.unanswered == 0
    assert found.statuses == {200: RATE * SECONDS}
    # A fifth of all arrive while it stands still and wait for half of that on average.
    assert quantile(found.latencies, 0.95) > 0.6 * FROZEN
    assert quantile(found.latencies, 0.99) > 0.85 * FROZEN


def test_k6_counts_them_too(serve, freezing, tmp_path):
    if not binary().exists():
        pytest.skip("k6 is not installed")
    server = serve(gate=freezing(PERIOD, FROZEN))
    found = constant_arrivals(server.target, ["/any?"], rate=RATE, seconds=SECONDS, folder=tmp_path)
    assert found.p99 > 0.85 * FROZEN * 1000
    assert found.count >= 0.99 * RATE * SECONDS - 1


def test_a_closed_loop_hides_it(serve, freezing):
    """Why no percentile is taken from one: hardly any of its requests meet the frozen server."""
    server = serve(gate=freezing(PERIOD, FROZEN))
    sent: list[float] = []
    waits: list[float] = []

    def requests():
        for _ in itertools.count():
            sent.append(time.perf_counter())
            yield REQUEST

    saturate(
        server.target,
        requests(),
        connections=1,
        seconds=SECONDS,
        each=lambda _: waits.append(time.perf_counter() - sent[len(waits)]),
    )
    met = sum(wait > 0.5 * FROZEN for wait in waits)
    assert met < 0.01 * len(waits)
