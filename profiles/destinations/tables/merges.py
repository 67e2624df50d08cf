"""Pseudonyms that became part of others: rows that were sent before a merge carry the former one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Cursor

from tenants.connectors.base import Link
from tenants.workspace.models import Delivery

from ..paging import Who, day_of, numbers, windows
from ..table import Column, Counted, Row, Table

CHUNK = 20_000


def read(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    day = day_of(delivery)

    def make(rows: Sequence[Sequence[Any]], who: Who) -> list[Row]:
        return [Row(day, who[gone][0], (uuid, who[gone][1], at)) for uuid, gone, at in rows if gone in who]

    query = f"""SELECT gone_uuid::text, gone_id, at FROM "{link.scope.schema}".profiles_merge
                WHERE gone_id > %(after)b AND gone_id <= %(through)b ORDER BY gone_id"""
    bounds = numbers(cursor, link, delivery, TABLE.source, TABLE.number)
    return windows(cursor, link, counted, query, bounds, CHUNK, make)


TABLE = Table(
    name="merges",
    label="Merged shoppers",
    about="Which pseudonym became part of which, a snapshot a day",
    kind="snapshot",
    key="former",
    source="profiles_merge",
    number="gone_id",
    columns=(
        Column("former", "string", "the pseudonym that rows sent before carry"),
        Column("profile", "string", "the pseudonym that it is now"),
        Column("at", "timestamp", "when they were merged (UTC)"),
    ),
    read=read,
)
