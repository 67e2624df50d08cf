"""Whole columns into and out of Postgres in its binary form: a million rows a second, no row ever a Python object.

COPY's layout: a header; per row the number of fields (int16), then per field its length (int32) and bytes, all
big-endian; a trailer (PostgreSQL's documentation of COPY). Here no field is null and each has one width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection
from psycopg import Cursor

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"

Fields = Sequence[tuple[str, str]]  # name, big-endian form


def records(fields: Fields, columns: Mapping[str, Any]) -> np.ndarray:
    """Rows for COPY, between header and trailer. Columns have one length, or are one value for all."""
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, form in fields:
        layout += [(f"{name} size", ">i4"), (name, form)]
    size = max((np.size(columns[name]) for name, _ in fields if np.ndim(columns[name])), default=0)
    rows = np.zeros(size, np.dtype(layout))
    rows["fields"] = len(fields)
    for name, form in fields:
        rows[f"{name} size"], rows[name] = np.dtype(form).itemsize, columns[name]
    return rows


def read_columns(
    expressions: Sequence[tuple[str, str]], source: str, parameters: Sequence[Any] = ()
) -> list[np.ndarray]:
    """One array for each (expression that sends bytes, big-endian form) over `source`, the rest of a SELECT.

    Each column comes as one value, which in Postgres may have a gigabyte.
    """
    columns = ", ".join(f"coalesce(string_agg({expression}, ''), '')" for expression, _ in expressions)
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        cursor.execute(f"SELECT {columns} FROM {source}", parameters, binary=True)  # type: ignore[arg-type]
        values = cursor.fetchone() or [b""] * len(expressions)
    return [np.frombuffer(value, form) for value, (_, form) in zip(values, expressions, strict=True)]
