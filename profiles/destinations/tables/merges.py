"""Pseudonyms that became part of others: rows that were sent before a merge carry the former one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from psycopg import Cursor

from tenants.connectors.base import Link
from tenants.workspace.models import Delivery

from ..people import pseudonyms
from ..table import Column, Counted, Row, Table

CHUNK = 20_000


def read(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    day = dt.date.fromisoformat(delivery.portion["day"])
    last = 0
    while True:
        rows = cursor.execute(
            f"""SELECT gone_id, gone_uuid::text, at FROM "{link.scope.schema}".profiles_merge
                WHERE gone_id > %b ORDER BY gone_id LIMIT %b""",
            [last, CHUNK],
            binary=True,
        ).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        who = pseudonyms(cursor, link, {row[0] for row in rows})
        counted.left_out += sum(row[0] not in who for row in rows)
        yield [Row(day, who[gone][0], (uuid, who[gone][1], at)) for gone, uuid, at in rows if gone in who]


TABLE = Table(
    name="merges",
    label="Merged shoppers",
    about="Which pseudonym became part of which, a snapshot a day",
    kind="snapshot",
    key="former",
    columns=(
        Column("former", "string", "the pseudonym that rows sent before carry"),
        Column("profile", "string", "the pseudonym that it is now"),
        Column("at", "timestamp", "when they were merged (UTC)"),
    ),
    read=read,
)
