"""What destinations can be given of messages: each one with its fate, never what it said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Cursor

from profiles.destinations.paging import Who, day_of, windows
from profiles.destinations.table import Column, Counted, Owned, Row, Table
from tenants.connectors.base import Link
from tenants.workspace.models import Delivery

CHUNK = 10_000


def read(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    day, schema = day_of(delivery), link.scope.schema
    start = dt.datetime.combine(day, dt.time(), dt.UTC)
    span = {"start": start, "end": start + dt.timedelta(days=1)}
    bounds = cursor.execute(
        f"""SELECT coalesce(min(id) - 1, 0), coalesce(max(id), 0) FROM "{schema}".journeys_message
            WHERE created_at >= %(start)s AND created_at < %(end)s""",
        span,
    ).fetchone()

    def make(rows: Sequence[Sequence[Any]], who: Who) -> list[Row]:
        return [Row(day, who[row[1]][0], (row[0], who[row[1]][1], *row[2:])) for row in rows if row[1] in who]

    query = f"""SELECT m.key, m.profile_id, m.created_at, m.channel, m.marketing, m.state, m.reason, j.name, c.name,
                    t.name, m.attempted_at, m.decided_at, m.opened_at, m.clicked_at, m.unsubscribed_at
                FROM "{schema}".journeys_message m
                LEFT JOIN "{schema}".journeys_journey j ON j.id = m.journey_id
                LEFT JOIN "{schema}".journeys_campaign c ON c.id = m.campaign_id
                LEFT JOIN "{schema}".journeys_template t ON t.id = m.template_id
                WHERE m.created_at >= %(start)b AND m.created_at < %(end)b AND m.id > %(after)b AND m.id <= %(through)b
                ORDER BY m.id"""
    return windows(cursor, link, counted, query, bounds or (0, 0), CHUNK, make, **span)


def first_day(cursor: Cursor, schema: str) -> dt.date | None:
    row = cursor.execute(f'SELECT min(created_at) FROM "{schema}".journeys_message').fetchone()
    return row[0].astimezone(dt.UTC).date() if row and row[0] else None


def owners(cursor: Cursor, schema: str, keys: Sequence[tuple[Any, ...]]) -> list[int | None]:
    rows = cursor.execute(
        f"""SELECT m.profile_id FROM unnest(%b::text[]) WITH ORDINALITY AS t(key, place)
            LEFT JOIN "{schema}".journeys_message m ON m.key = t.key ORDER BY t.place""",
        [[key for (key,) in keys]],
    ).fetchall()
    return [row[0] for row in rows]


MESSAGES = Table(
    name="messages",
    label="Messages",
    about="Every message of journeys and campaigns: sent, opened, clicked; a week back it is still brought up to date",
    kind="recent",
    key="message",
    days=7,
    first_day=first_day,
    columns=(
        Column("message", "string", "unique"),
        Column("profile", "string", "pseudonym of the shopper, as in the table profiles"),
        Column("created_at", "timestamp", "when it was decided to write (UTC); its day is the partition"),
        Column("channel", "string", "email, sms, push, web or webhook"),
        Column("marketing", "bool", "false: about something the shopper did"),
        Column("state", "string", "queued, delayed, sent, delivered, skipped, failed, unknown"),
        Column("reason", "string", "why it was delayed, skipped or failed"),
        Column("journey", "string", "the journey's name, if one sent it"),
        Column("campaign", "string", "the campaign's name, if one sent it"),
        Column("template", "string", "the template's name"),
        Column("attempted_at", "timestamp", "when it was handed to the channel (UTC)"),
        Column("decided_at", "timestamp", "when its fate was known (UTC)"),
        Column("opened_at", "timestamp", "first opening (UTC)"),
        Column("clicked_at", "timestamp", "first click (UTC)"),
        Column("unsubscribed_at", "timestamp", "when its link to unsubscribe was used (UTC)"),
    ),
    read=read,
    owned=Owned(("message",), owners),
)
