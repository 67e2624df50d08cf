"""When a probe calls an answer new, and when changed."""

from __future__ import annotations

import json

from bench.figures.freshness import figures_of
from bench.load.probes import Prober, Seen

INFINITE = float("inf")


def answer(decision: str, score: float) -> bytes:
    body = json.dumps({"decision_id": decision, "items": [{"item_id": "a", "score": score}]}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def test_made_anew_and_changed_are_told_apart(serve):
    """Asked before, event, then: the same answer twice, a new one that says the same, and one that differs."""
    script = [("d1", 0.5), ("-", 0), ("d1", 0.5), ("d1", 0.5), ("d2", 0.5), ("d2", 0.5), ("d3", 0.4)]
    server = serve(answer=lambda n: answer(*script[n]))
    (seen,) = Prober(server.target, "sk").run(["7"], ["b"], rate=10)
    assert len(server.asked) == 7
    assert server.asked[1].startswith(b"POST /v1/track")
    # Two looks of 20 ms lie between the two.
    assert 0 < seen.anew < seen.changed < INFINITE
    assert seen.changed - seen.anew >= 0.04


def test_a_probe_that_never_sees_a_change_counts_as_the_longest():
    seen = [Seen("x", 0.1, 0.1)] * 97 + [Seen("x", 0.1, INFINITE)] * 3
    p50, p99 = figures_of(seen)
    assert p50.value == 0.1
    assert p99.value == 3600.0
    assert "3 of 100 never changed" in p99.note
