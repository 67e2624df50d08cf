"""The one loop that reads a table for a destination: windows of its numbers, so that no portion needs more memory than one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from psycopg import Cursor

from tenants.connectors.base import Link
from tenants.workspace.models import Delivery

from .people import pseudonyms
from .table import Counted, Row

Who = Mapping[int, tuple[int, str]]
Make = Callable[[Sequence[Sequence[Any]], Who], list[Row]]


def windows(
    cursor: Cursor,
    link: Link,
    counted: Counted,
    query: str,
    bounds: tuple[int, int],
    size: int,
    make: Make,
    **more: Any,
) -> Iterator[list[Row]]:
    """Rows of `query`, window by window of `size` numbers in (after, through].

    The query takes %(after)b and %(through)b (and `more`), and names the shopper's number in its second column.
    `make`: rows and who they may be shown as (profile asked for → profile now, pseudonym) into what is delivered;
    rows that it leaves out are counted.
    """
    after, last = bounds
    for start in range(after, last, size):
        rows = cursor.execute(
            query, {"after": start, "through": min(start + size, last), **more}, binary=True
        ).fetchall()
        if rows:
            found = make(rows, pseudonyms(cursor, link, {row[1] for row in rows}))
            counted.left_out += len(rows) - len(found)
            yield found


def numbers(
    cursor: Cursor, link: Link, delivery: Delivery, source: str, column: str = "id"
) -> tuple[int, int]:
    """Which numbers a delivery is about: its portion's, else all that there are."""
    portion = delivery.portion
    if "through" in portion:
        return int(portion["after"]), int(portion["through"])
    return 0, highest(cursor, link.scope.schema, source, column)


def highest(cursor: Cursor, schema: str, source: str, column: str = "id") -> int:
    row = cursor.execute(f'SELECT coalesce(max({column}), 0) FROM "{schema}".{source}').fetchone()
    return int(row[0]) if row else 0


def day_of(delivery: Delivery) -> dt.date:
    return dt.date.fromisoformat(delivery.portion["day"])
