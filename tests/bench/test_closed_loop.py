from __future__ import annotations

import itertools

import pytest

from bench.load.closed import UnexpectedStatus, saturate
from bench.load.wire import get, post


def test_every_request_is_sent_once_and_counted(serve):
    server = serve()
    found = saturate(server.target, iter([get(f"/{n}") for n in range(50)]), connections=7)
    assert found.answered == 50
    assert found.statuses == {200: 50}
    assert sorted(server.asked) == sorted(get(f"/{n}") for n in range(50))


def test_the_rate_counts_only_what_was_answered_in_time(serve):
    server = serve()
    found = saturate(server.target, itertools.repeat(get("/")), connections=2, seconds=0.5)
    assert found.seconds == pytest.approx(0.5, abs=1e-6)
    assert 0 < found.answered <= len(server.asked)
    assert found.rate == found.answered / found.seconds


def test_large_bodies_arrive_whole(serve):
    body = b'{"batch":"' + b"x" * 2_000_000 + b'"}'
    server = serve()
    assert saturate(server.target, iter([post("/v1/batch", body)] * 3), connections=2).answered == 3
    assert all(request.endswith(body) for request in server.asked)


def test_an_answer_that_is_no_success_ends_it(serve):
    server = serve(answer=lambda _: b"HTTP/1.1 429 Too Many\r\ncontent-length: 4\r\n\r\nslow")
    with pytest.raises(UnexpectedStatus, match=r"429.*slow"):
        saturate(server.target, itertools.repeat(get("/")), connections=1, seconds=5)
