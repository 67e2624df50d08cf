from __future__ import annotations

import time

from bench.load.arrivals import arrive
from bench.load.wire import get


def test_requests_leave_when_they_are_due_although_none_is_answered(serve):
    """Half a second per answer, twenty a second: ten are under way at once."""
    times: list[float] = []

    def slow() -> None:
        times.append(time.perf_counter())
        time.sleep(0.5)

    server = serve(gate=slow)
    arrive(server.target, [get(f"/{n}") for n in range(20)], rate=20)
    times.sort()
    # One after the other they would take five seconds.
    assert times[10] - times[0] < 2.5
    assert len(server.asked) == 20


def test_latency_counts_from_when_a_request_was_due_not_from_when_a_connection_was_free(serve):
    server = serve(gate=lambda: time.sleep(0.2))
    found = arrive(server.target, [get("/")] * 5, rate=1000, most_connections=1)
    # One connection: the fifth waits for four others of 0.2 s each, and for itself.
    assert max(found.latencies) > 0.95


def test_a_closed_connection_is_one_without_an_answer(serve):
    server = serve(answer=lambda n: b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok" if n else b"")
    found = arrive(server.target, [get("/")] * 3, rate=1000)
    assert found.statuses == {200: 3} or found.unanswered


def test_a_connection_that_ended_while_nothing_was_asked_is_replaced(serve):
    server = serve(patience=0.1)
    found = arrive(server.target, [get("/")] * 4, rate=4)
    assert found.statuses == {200: 4}
