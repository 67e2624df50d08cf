"""Records of a file from a position on, each with the position behind it: reading goes on wherever it stopped."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from ..ingest.body import MAX_EVENT_BYTES
from .layout import Layout

# A line longer than an event may be can't become one; it is skipped without being kept.
MAX_LINE_BYTES = 2 * MAX_EVENT_BYTES
_ROWS = 4_096

csv.field_size_limit(MAX_LINE_BYTES)


class BadFile(Exception):
    """The file can't be read as what it says it is; the message is for people."""


@dataclass(slots=True)
class Record:
    """Line or row `line` (from 1), which ends at `end`. `values`: column → value; of an event of the tracking spec `raw`.
    `problem`: why there are neither.
    """

    line: int
    end: int
    values: dict[str, Any] | None = None
    raw: bytes = b""
    problem: str = ""


def read_records(file: io.BufferedReader, layout: Layout, position: int, line: int) -> Iterator[Record]:
    """Records behind `position`, of which `line` were read before. Memory: one line, of Parquet 4,096 rows.

    Raises `BadFile` when the file breaks off or is none of its form.
    """
    if layout.form == "parquet":
        return _parquet(file, position)
    file.seek(position)
    if layout.form == "csv":
        return _csv(file, layout, position, line)
    return _ndjson(file, layout, position, line)


def _ndjson(file: io.BufferedReader, layout: Layout, position: int, line: int) -> Iterator[Record]:
    for number, end, raw in _lines(file, position, line):
        if raw is None:
            yield Record(number, end, problem=f"The line is longer than {MAX_LINE_BYTES:,} bytes.")
            continue
        raw = raw.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else raw.strip()
        if not raw:
            continue
        try:
            values = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            yield Record(number, end, raw=raw, problem=f"The line is not JSON (column {error.colno}).")
            continue
        if not isinstance(values, dict):
            yield Record(number, end, raw=raw, problem="The line is not a JSON object.")
            continue
        yield Record(number, end, values, raw)


def _no_csv(error: csv.Error) -> str:
    """The parser's words are for programmers."""
    if "unquoted field" in str(error):
        return "The line is not CSV: a line break stands inside of a value that has no quotes."
    if "field limit" in str(error):
        return f"The line is not CSV: a value has more than {csv.field_size_limit():,} characters."
    return f"The line is not CSV: {error}."


def _csv(file: io.BufferedReader, layout: Layout, position: int, line: int) -> Iterator[Record]:
    place = _Place(position, line)
    reader = csv.reader(_texts(file, layout, place), delimiter=layout.delimiter)
    width = len(layout.columns)
    if position == 0:
        next(reader, None)
    while True:
        begin = place.line + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(begin, place.end, problem=_no_csv(error))
            continue
        if place.problem:
            yield Record(begin, place.end, problem=place.problem)
            place.problem = ""
            continue
        if not any(row):
            continue
        if len(row) != width:
            said = f"The line has {len(row)} columns, the head of the file {width}."
            yield Record(begin, place.end, dict(zip(layout.columns, row, strict=False)), problem=said)
            continue
        yield Record(begin, place.end, dict(zip(layout.columns, row, strict=True)))


@dataclass(slots=True)
class _Place:
    end: int
    line: int
    problem: str = ""


def _texts(file: io.BufferedReader, layout: Layout, place: _Place) -> Iterator[str]:
    """Lines as text. The CSV reader asks for as many as a record needs, so `place` is always behind a whole one."""
    for number, end, raw in _lines(file, place.end, place.line):
        place.line, place.end = number, end
        if raw is None:
            place.problem = f"The line is longer than {MAX_LINE_BYTES:,} bytes."
            yield "\n"
            continue
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        try:
            text = raw.decode(layout.encoding)
        except UnicodeDecodeError:
            place.problem = f"The line is not {layout.encoding.upper()}."
            text = raw.decode(layout.encoding, "replace")
        yield text.replace("\x00", "")


def _lines(file: io.BufferedReader, position: int, line: int) -> Iterator[tuple[int, int, bytes | None]]:
    """(number, position behind it, line with its end or None when it is too long)."""
    while piece := file.readline(MAX_LINE_BYTES + 1):
        position += len(piece)
        line += 1
        whole: bytes | None = piece
        while not piece.endswith(b"\n") and len(piece) > MAX_LINE_BYTES:
            whole = None
            piece = file.readline(MAX_LINE_BYTES + 1)
            position += len(piece)
        yield line, position, whole


def _parquet(file: io.BufferedReader, position: int) -> Iterator[Record]:
    try:
        table = pq.ParquetFile(file)
        start = 0
        for group in range(table.metadata.num_row_groups):
            rows = table.metadata.row_group(group).num_rows
            if start + rows > position:
                yield from _group(table, group, start, position)
            start += rows
    except (pa.ArrowException, OSError) as error:
        raise BadFile(f"The file breaks off, or is no Parquet file: {error}"[:300]) from error


def _group(table: pq.ParquetFile, group: int, start: int, position: int) -> Iterator[Record]:
    for batch in table.iter_batches(batch_size=_ROWS, row_groups=[group]):
        first, start = start, start + batch.num_rows
        if start <= position:
            continue
        skipped = max(0, position - first)
        for row, values in enumerate(batch.slice(skipped).to_pylist(), first + skipped + 1):
            yield Record(row, row, values)


def parquet_end(file: io.BufferedReader) -> tuple[int, tuple[str, ...]]:
    """Rows and columns; raises `BadFile`."""
    try:
        table = pq.ParquetFile(file)
        return int(table.metadata.num_rows), tuple(table.schema_arrow.names)
    except (pa.ArrowException, OSError) as error:
        raise BadFile("The file is no Parquet file, or not whole.") from error
