"""Rows into Parquet: types, files by day, rows sorted by shopper within each row group."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..table import Row, Table

_TYPES: Mapping[str, pa.DataType] = {
    "string": pa.string(),
    "json": pa.string(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}
COMPRESSION = "zstd"


def schema_of(table: Table) -> pa.Schema:
    """With each column's sentence as its metadata, where readers that show it find it."""
    return pa.schema(
        [pa.field(c.name, _TYPES[c.type], metadata={"description": c.about}) for c in table.columns]
    )


def table_of(table: Table, rows: Sequence[Row]) -> pa.Table:
    schema = schema_of(table)
    columns: list[Sequence[Any]] = (
        list(zip(*(row.values for row in rows), strict=True)) if rows else [()] * len(schema)
    )
    return pa.Table.from_arrays(
        [pa.array(column, type=one.type) for column, one in zip(columns, schema, strict=True)], schema=schema
    )


@dataclass(slots=True)
class Part:
    """A finished file of one day, not published yet. `content` vanishes with the process: nothing of anybody stays."""

    day: dt.date
    content: IO[bytes]
    rows: int = 0
    people: set[int] = field(default_factory=set)


def write_parts(table: Table, chunks: Iterator[Sequence[Row]]) -> list[Part]:
    """One file a day, written chunk by chunk, so that a million rows need no more memory than a few thousand."""
    parts: dict[dt.date, Part] = {}
    writers: dict[dt.date, pq.ParquetWriter] = {}
    for chunk in chunks:
        for day in sorted({row.day for row in chunk}):
            if day not in parts:
                parts[day] = Part(day, tempfile.TemporaryFile())  # noqa: SIM115  # whoever publishes it closes it
                writers[day] = pq.ParquetWriter(parts[day].content, schema_of(table), compression=COMPRESSION)
            mine = [row for row in chunk if row.day == day]
            writers[day].write_table(table_of(table, mine))
            parts[day].rows += len(mine)
            parts[day].people |= {row.profile_id for row in mine if row.profile_id is not None}
    for day, writer in writers.items():
        writer.close()
        parts[day].content.seek(0)
    return [parts[day] for day in sorted(parts)]
