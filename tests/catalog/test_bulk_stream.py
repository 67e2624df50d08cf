"""A body is read in pieces: bounded memory, any cut, gzip and what can be wrong with it."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from catalog.lines import MAX_LINE_BYTES
from catalog.models import Item
from catalog.ndjson import BadBody, Overlong, chunks, lines
from tests.catalog.bulk import ADDRESS, NDJSON, dress, ndjson

Api = Callable[..., Client]


class Repeated:
    """A body that exists only while it is read."""

    def __init__(self, piece: bytes, times: int) -> None:
        self.piece, self.left = piece, times

    def read(self, size: int, /) -> bytes:
        if not self.left:
            return b""
        self.left -= 1
        return self.piece


def read_all(body: bytes, *, gzipped: bool = False) -> list[tuple[int, Any]]:
    return list(lines(chunks(io.BytesIO(body), gzipped=gzipped)))


@given(
    st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"x")), max_size=20),
    st.lists(st.integers(1, 30), max_size=30),
)
def test_where_a_body_is_cut_makes_no_difference(rows: list[bytes], cuts: list[int]) -> None:
    body = b"\n".join(rows)
    pieces, start = [], 0
    for cut in cuts:
        pieces.append(body[start : start + cut])
        start += cut
    pieces.append(body[start:])
    assert list(lines(iter(p for p in pieces if p))) == read_all(body)


@pytest.mark.parametrize(
    "piece", [b'{"item_id": "A"}\n' * 3000, b"x" * 60_000], ids=["many lines", "one endless line"]
)
def test_memory_stays_small(piece: bytes) -> None:
    tracemalloc.start()
    try:
        for _ in lines(chunks(Repeated(piece, 80), gzipped=False)):
            pass
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_small_gzip_body_does_not_unfold_into_memory() -> None:
    body = gzip.compress(b"x" * 80_000_000)
    tracemalloc.start()
    try:
        found = read_all(body, gzipped=True)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert [(number, line.size) for number, line in found] == [(1, 80_000_000)]


def test_a_line_at_the_limit_passes_and_the_next_is_numbered_right() -> None:
    found = read_all(b"a" * MAX_LINE_BYTES + b"\n" + b"b" * (MAX_LINE_BYTES + 3) + b"\nc")
    assert len(found[0][1]) == MAX_LINE_BYTES
    assert isinstance(found[1][1], Overlong)
    assert found[2] == (3, b"c")


def test_gzip_members_may_follow_each_other() -> None:
    assert read_all(gzip.compress(b"a\n") + gzip.compress(b"b\n"), gzipped=True) == [(1, b"a"), (2, b"b")]


@pytest.mark.parametrize(
    "body", [b"plain text", gzip.compress(b"a\nb\n" * 50_000)[:-20]], ids=["none", "cut off"]
)
def test_a_body_that_is_no_whole_gzip(body: bytes) -> None:
    with pytest.raises(BadBody, match="gzip"):
        read_all(body, gzipped=True)


@pytest.mark.usefixtures("inside")
def test_gzip_over_http(api: Api, secret_key: str) -> None:
    body = gzip.compress(ndjson(*[dress(f"D{n}") for n in range(2500)]))
    answer = api(secret_key).post(ADDRESS, body, content_type=NDJSON, headers={"content-encoding": "gzip"})
    assert answer.json()["created"] == Item.objects.count() == 2500


@pytest.mark.usefixtures("inside")
def test_what_came_before_a_broken_end_stays(api: Api, secret_key: str) -> None:
    head = zlib.compressobj(wbits=31)
    body = head.compress(ndjson(dress("A"), dress("B"))) + head.flush(zlib.Z_SYNC_FLUSH)
    answer = api(secret_key).post(ADDRESS, body, content_type=NDJSON, headers={"content-encoding": "gzip"})
    assert answer.status_code == 400
    problem = answer.json()
    assert (problem["code"], problem["report"]["created"]) == ("invalid_gzip", 2)
    assert Item.objects.count() == 2
