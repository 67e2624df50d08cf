"""Lines of a body that arrives in chunks, numbered from 1, in bounded memory; gzip is undone on the way."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from .lines import MAX_LINE_BYTES

CHUNK = 65_536
MAX_INFLATED = 4_000_000_000


class BadBody(ValueError):
    """The body itself is broken; lines before the break were delivered."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Overlong:
    """Stands for a line over the limit, which was skipped without being kept."""

    def __init__(self, size: int) -> None:
        self.size = size


def chunks(source: Readable, *, gzipped: bool) -> Iterator[bytes]:
    """The body in pieces of at most 64 kB after inflation: a small body can't unfold into memory."""
    if not gzipped:
        while piece := _read(source):
            yield piece
        return
    inflater = zlib.decompressobj(wbits=31)
    inflated, inside = 0, False
    while piece := _read(source):
        pending = True
        while piece or pending:
            inside = inside or bool(piece)
            try:
                plain = inflater.decompress(piece, CHUNK)
            except zlib.error as error:
                raise BadBody("invalid_gzip", f"The body is not gzip: {error}") from error
            inflated += len(plain)
            if inflated > MAX_INFLATED:
                raise BadBody("body_too_large", "The body unfolds to more than 4 GB; send it in parts.")
            if plain:
                yield plain
            # A full piece may mean that more waits inside, even when all input was taken.
            piece, pending = inflater.unconsumed_tail, len(plain) == CHUNK
            if inflater.eof:
                # Members of gzip may follow each other.
                piece, pending, inside = inflater.unused_data, False, False
                inflater = zlib.decompressobj(wbits=31)
    if inside:
        raise BadBody("invalid_gzip", "The gzip body ends too early.")


def _read(source: Readable) -> bytes:
    try:
        return source.read(CHUNK)
    except OSError as error:
        raise BadBody("incomplete_body", f"The body broke off: {error}") from error


def lines(pieces: Iterator[bytes]) -> Iterator[tuple[int, bytes | Overlong]]:
    """(number, line without its end) of every line that is not blank. Memory: one piece and one line."""
    number = 1
    kept: list[bytes] = []
    size = 0
    for piece in pieces:
        start = 0
        while True:
            end = piece.find(b"\n", start)
            part = piece[start:] if end < 0 else piece[start:end]
            size += len(part)
            if size <= MAX_LINE_BYTES + 2:
                kept.append(part)
            else:
                kept.clear()
            if end < 0:
                break
            yield from _finished(number, kept, size)
            kept, size = [], 0
            number += 1
            start = end + 1
    yield from _finished(number, kept, size)


def _finished(number: int, kept: list[bytes], size: int) -> Iterator[tuple[int, bytes | Overlong]]:
    if size > MAX_LINE_BYTES + 2:
        yield number, Overlong(size)
        return
    line = b"".join(kept).strip(b"\r \t")
    if number == 1:
        line = line.removeprefix(b"\xef\xbb\xbf")
    if line:
        yield number, line
