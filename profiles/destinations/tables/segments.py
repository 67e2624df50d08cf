"""Segments: who is in which, a snapshot a day, and who entered and left, as it happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from psycopg import Cursor

from tenants.connectors.base import Link
from tenants.workspace.models import Delivery

from ..people import pseudonyms
from ..table import Column, Counted, Row, Table

CHUNK = 20_000


def read_members(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    day, schema = dt.date.fromisoformat(delivery.portion["day"]), link.scope.schema
    last = (0, 0)
    while True:
        rows = cursor.execute(
            f"""SELECT m.segment_id, m.profile_id, s.key, s.name, m.entered_at
                FROM "{schema}".profiles_segmentmember m JOIN "{schema}".profiles_segment s ON s.id = m.segment_id
                WHERE (m.segment_id, m.profile_id) > (%b, %b) AND s.status = 'live'
                ORDER BY m.segment_id, m.profile_id LIMIT %b""",
            [*last, CHUNK],
            binary=True,
        ).fetchall()
        if not rows:
            return
        last = (rows[-1][0], rows[-1][1])
        who = pseudonyms(cursor, link, {row[1] for row in rows})
        found = [
            Row(day, who[owner][0], (f"{key}:{who[owner][1]}", who[owner][1], key, name, entered))
            for _, owner, key, name, entered in rows
            if owner in who
        ]
        counted.left_out += len(rows) - len(found)
        yield found


def read_moves(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    rows = cursor.execute(
        f"""SELECT id, profile_id, segment_key, entered, redefined, at FROM "{link.scope.schema}".profiles_segmentmove
            WHERE id > %b AND id <= %b ORDER BY id""",
        [int(delivery.portion["after"]), int(delivery.portion["through"])],
        binary=True,
    ).fetchall()
    who = pseudonyms(cursor, link, {row[1] for row in rows})
    counted.left_out += sum(row[1] not in who for row in rows)
    yield [
        Row(at.astimezone(dt.UTC).date(), who[owner][0], (number, at, who[owner][1], key, entered, redefined))
        for number, owner, key, entered, redefined, at in rows
        if owner in who
    ]


MEMBERS = Table(
    name="segment_members",
    label="Members of segments",
    about="Who is in which live segment, a snapshot a day",
    kind="snapshot",
    key="member",
    columns=(
        Column("member", "string", "unique: segment and shopper"),
        Column("profile", "string", "pseudonym of the shopper, as in the table profiles"),
        Column("segment", "string", "the segment's key"),
        Column("segment_name", "string", "its name on that day"),
        Column("entered_at", "timestamp", "since when they are in it (UTC)"),
    ),
    read=read_members,
)
MOVES = Table(
    name="segment_moves",
    label="Who entered and left segments",
    about="Every move into and out of a live segment, by day",
    kind="numbered",
    key="move_id",
    source="profiles_segmentmove",
    columns=(
        Column("move_id", "int64", "unique"),
        Column("at", "timestamp", "when (UTC); its day is the partition"),
        Column("profile", "string", "pseudonym of the shopper, as in the table profiles"),
        Column("segment", "string", "the segment's key"),
        Column("entered", "bool", "true: entered, false: left"),
        Column("redefined", "bool", "the definition changed, the shopper did not move"),
    ),
    read=read_moves,
)
