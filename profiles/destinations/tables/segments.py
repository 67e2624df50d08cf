"""Segments: who is in which, a snapshot a day, and who entered and left, as it happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Cursor

from tenants.connectors.base import Link
from tenants.workspace.models import Delivery

from ..paging import Who, day_of, numbers, windows
from ..table import Column, Counted, Row, Table

CHUNK = 20_000
# Shoppers, each in some segments.
MEMBERS_CHUNK = 5_000


def read_members(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    day, schema = day_of(delivery), link.scope.schema

    def make(rows: Sequence[Sequence[Any]], who: Who) -> list[Row]:
        return [
            Row(day, who[owner][0], (f"{key}:{who[owner][1]}", who[owner][1], key, name, entered))
            for key, owner, name, entered in rows
            if owner in who
        ]

    query = f"""SELECT s.key, m.profile_id, s.name, m.entered_at
                FROM "{schema}".profiles_segmentmember m JOIN "{schema}".profiles_segment s ON s.id = m.segment_id
                WHERE m.profile_id > %(after)b AND m.profile_id <= %(through)b AND s.status = 'live'
                ORDER BY m.profile_id"""
    bounds = numbers(cursor, link, delivery, MEMBERS.source, MEMBERS.number)
    return windows(cursor, link, counted, query, bounds, MEMBERS_CHUNK, make)


def read_moves(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    def make(rows: Sequence[Sequence[Any]], who: Who) -> list[Row]:
        return [
            Row(
                at.astimezone(dt.UTC).date(),
                who[owner][0],
                (number, at, who[owner][1], key, entered, redefined),
            )
            for number, owner, key, entered, redefined, at in rows
            if owner in who
        ]

    query = f"""SELECT id, profile_id, segment_key, entered, redefined, at FROM "{link.scope.schema}".profiles_segmentmove
                WHERE id > %(after)b AND id <= %(through)b ORDER BY id"""
    bounds = numbers(cursor, link, delivery, MOVES.source)
    return windows(cursor, link, counted, query, bounds, CHUNK, make)


MEMBERS = Table(
    name="segment_members",
    label="Members of segments",
    about="Who is in which live segment, a snapshot a day",
    kind="snapshot",
    key="member",
    source="profiles_segmentmember",
    number="profile_id",
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
