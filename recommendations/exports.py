"""What destinations can be given of recommendations: each item that was shown, with the decision that showed it."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from psycopg import Cursor

from profiles.destinations.people import pseudonyms
from profiles.destinations.table import Column, Counted, Row, Table
from tenants.connectors.base import Link
from tenants.workspace.models import Delivery

CHUNK = 1_000


def read(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    day = dt.date.fromisoformat(delivery.portion["day"])
    after: tuple[Any, Any] = (
        dt.datetime.combine(day, dt.time(), dt.UTC),
        "00000000-0000-0000-0000-000000000000",
    )
    end = after[0] + dt.timedelta(days=1)
    while True:
        rows = cursor.execute(
            f"""SELECT id::text, at, profile_id, placement, model_version, outcome, trace
                FROM "{link.scope.schema}".recommendations_decision
                WHERE (at, id) > (%b::timestamptz, %b::uuid) AND at < %b ORDER BY at, id LIMIT %b""",
            [*after, end, CHUNK],
            binary=True,
        ).fetchall()
        if not rows:
            return
        after = (rows[-1][1], rows[-1][0])
        who = pseudonyms(cursor, link, {row[2] for row in rows})
        found: list[Row] = []
        for row in rows:
            if row[2] is not None and row[2] not in who:
                counted.left_out += 1
                continue
            found += _shown(day, row, *who.get(row[2], (None, None)))
        yield found


def _shown(day: dt.date, row: tuple[Any, ...], profile_id: int | None, uuid: str | None) -> Iterator[Row]:
    decision, at, _, placement, model, outcome, stored = row
    trace = orjson.loads(stored if stored[:1] == b"{" else zlib.decompress(stored))
    for position, item in enumerate(trace.get("items", []), 1):
        place = item.get("position") or position
        yield Row(
            day,
            profile_id,
            (
                f"{decision}:{place}", decision, at, uuid, placement, item.get("item_id"), place, item.get("source"),
                item.get("score"), item.get("reason"), model, outcome,
            ),
        )  # fmt: skip


def first_day(cursor: Cursor, schema: str) -> dt.date | None:
    row = cursor.execute(f'SELECT min(at) FROM "{schema}".recommendations_decision').fetchone()
    return row[0].astimezone(dt.UTC).date() if row and row[0] else None


IMPRESSIONS = Table(
    name="recommendations",
    label="Recommendations",
    about="Every recommended item with its position, reason and model; clicks on them are among what shoppers did",
    kind="recent",
    key="impression_id",
    every_seconds=6 * 3600,
    first_day=first_day,
    columns=(
        Column("impression_id", "string", "unique: decision and position"),
        Column("decision", "string", "one answer of the recommendation API"),
        Column("at", "timestamp", "when it was given (UTC); its day is the partition"),
        Column("profile", "string", "pseudonym of the shopper; empty for a visitor who is not known"),
        Column("placement", "string", "where it was shown"),
        Column("item", "string", "the item's id in your catalogue"),
        Column("position", "int64", "1 is the first"),
        Column("source", "string", "what found the item"),
        Column("score", "double", "of the ranker; comparable within one decision"),
        Column("reason", "string", "as it was shown to the shopper"),
        Column("model_version", "string", "empty where no model answered"),
        Column("outcome", "string", "served, fallback or blocked"),
    ),
    read=read,
)
