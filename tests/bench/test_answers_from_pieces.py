from __future__ import annotations

import pytest

from bench.load.wire import BrokenAnswer, Incoming

SIZED = b"HTTP/1.1 201 Created\r\nContent-Length: 11\r\nX: y\r\n\r\nhello\r\n0\r\n\r\n"[:-1]
CHUNKED = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab0\r\n\r\n6;x=1\r\n\r\n0\r\n\r\r\n0\r\n\r\n"
)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("raw", "status", "body"), [(SIZED, 201, b"hello\r\n0\r\n\r"), (CHUNKED, 200, b"ab0\r\n\r\n0\r\n\r")]
)
def test_an_answer_is_whole_when_its_last_byte_is_there(raw, status, body, step):
    incoming = Incoming()
    answers = [incoming.feed(raw[at : at + step]) for at in range(0, len(raw), step)]
    assert answers[:-1] == [None] * (len(answers) - 1)
    assert (answers[-1].status, answers[-1].body) == (status, body)


def test_the_next_answer_starts_afresh():
    incoming = Incoming()
    incoming.feed(CHUNKED)
    assert incoming.feed(SIZED).status == 201


def test_an_answer_without_a_length_is_refused():
    with pytest.raises(BrokenAnswer):
        Incoming().feed(b"HTTP/1.1 200 OK\r\n\r\nhello")
