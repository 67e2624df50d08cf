"""Events as they were accepted, one row each, once they are counted for a shopper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from psycopg import Cursor

from compliance.redaction import redact_values
from tenants.connectors.base import Link
from tenants.workspace.models import Delivery

from ...flags import BOT
from ...processing.channels import channel_of
from ...processing.claim import Claimed
from ...processing.decode import TYPES, Occurrence, decode
from ..people import pseudonyms
from ..table import Column, Counted, Owned, Row, Table

CHUNK = 5_000


def read(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    pairs = list(zip(delivery.ids or [], delivery.moments or [], strict=True))
    for start in range(0, len(pairs), CHUNK):
        yield _rows(cursor, link, pairs[start : start + CHUNK], counted)


def _rows(
    cursor: Cursor, link: Link, pairs: Sequence[tuple[int, dt.datetime]], counted: Counted
) -> list[Row]:
    stored = cursor.execute(
        f"""SELECT e.id, e.received_at, e.type, e.handle, e.message_key::text, e.payload, e.key_kind, e.flags,
                e.profile_id
            FROM unnest(%b::bigint[], %b::timestamptz[]) AS t(id, received_at)
            JOIN "{link.scope.schema}".profiles_event e ON e.received_at = t.received_at AND e.id = t.id
            ORDER BY e.id""",
        [[number for number, _ in pairs], [moment for _, moment in pairs]],
        binary=True,
    ).fetchall()
    owner: dict[int, int | None] = {row[0]: row[-1] for row in stored}
    who = pseudonyms(cursor, link, owner.values())
    mine = [_claimed(row) for row in stored if owner[row[0]] in who]
    flags: dict[int, int] = {row[0]: row[7] for row in stored}
    found = [
        _row(event, flags[event.claimed.id], *who[owner[event.claimed.id] or 0], link.personal)
        for event in decode(link.scope, mine).events
    ]
    counted.left_out += len(pairs) - len(found)
    return found


def _claimed(row: Sequence[Any]) -> Claimed:
    number, received_at, type_, handle, message_key, payload, key_kind = row[:7]
    return Claimed(
        id=number, received_at=received_at, type=type_, handle=handle, message_key=message_key, payload=payload,
        key_kind=key_kind, attempts=0,
    )  # fmt: skip


def _row(event: Occurrence, flags: int, profile_id: int, uuid: str, personal: bool) -> Row:
    stored = event.claimed
    properties: Any = event.properties
    campaign: Any = event.context.get("campaign") or {}
    if not personal:
        properties, campaign = redact_values(properties), redact_values(campaign)
    return Row(
        stored.received_at.astimezone(dt.UTC).date(),
        profile_id,
        (
            stored.message_key,
            stored.received_at,
            event.moment,
            TYPES[event.type],
            event.name,
            uuid,
            channel_of(event),
            _json(properties),
            _json(campaign),
            event.trusted,
            bool(flags & BOT),
            flags,
            _json(event.traits) if personal else None,
            stored.id,
        ),
    )


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def owners(cursor: Cursor, schema: str, keys: Sequence[tuple[Any, ...]]) -> list[int | None]:
    rows = cursor.execute(
        f"""SELECT e.profile_id FROM unnest(%b::timestamptz[], %b::bigint[]) WITH ORDINALITY AS t(at, id, place)
            LEFT JOIN "{schema}".profiles_event e ON e.received_at = t.at AND e.id = t.id ORDER BY t.place""",
        [[at for at, _ in keys], [number for _, number in keys]],
    ).fetchall()
    return [row[0] for row in rows]


TABLE = Table(
    name="events",
    label="Events",
    about="Every counted event with its properties, by day of receipt",
    kind="queue",
    key="event_id",
    columns=(
        Column("event_id", "string", "unique; from the sender's messageId"),
        Column("received_at", "timestamp", "when Attune accepted it (UTC); its day is the partition"),
        Column("at", "timestamp", "when it happened (UTC)"),
        Column("type", "string", "identify, track, page, screen, group or alias"),
        Column("name", "string", "of the event, page or screen"),
        Column("profile", "string", "pseudonym of the shopper, as in the table profiles"),
        Column("channel", "string", "web, app, email, sms, store, server"),
        Column(
            "properties",
            "json",
            "as sent; addresses and numbers of people are hidden unless personal data was allowed",
        ),
        Column("campaign", "json", "context.campaign: where the visit came from"),
        Column("from_server", "bool", "sent with a secret key, not by a browser"),
        Column("bot", "bool", "recognised as a robot; leave these out of figures"),
        Column("flags", "int64", "what was found about it, as bits (docs/events.md)"),
        Column("traits", "json", "of identify events; only where personal data was allowed"),
        Column("sequence", "int64", "grows in the order of acceptance"),
    ),
    read=read,
    owned=Owned(("received_at", "sequence"), owners),
)
