"""A message as the links in it need it, and what is noted when they are used."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection
from psycopg import Cursor

from tenants import vault
from tenants.crypto import Unreadable, unseal
from tenants.scope import Scope

from ..engine.people import read_names
from ..engine.tell import Told, tell


@dataclass(frozen=True, slots=True)
class Sent:
    """`content` is empty when the shopper's key is gone."""

    id: int
    profile_id: int
    unit: bytes
    channel: str
    marketing: bool
    journey_id: int | None
    campaign_id: int | None
    node: str
    template: str
    unsubscribed: bool
    content: dict[str, Any]


def find(scope: Scope, message_id: int) -> Sent | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT m.id, m.profile_id, m.unit, m.channel, m.marketing, m.journey_id, m.campaign_id, m.node,
                       coalesce(t.key, ''), m.unsubscribed_at IS NOT NULL, m.content
                FROM "{scope.schema}".journeys_message m
                LEFT JOIN "{scope.schema}".journeys_template t ON t.id = m.template_id WHERE m.id = %s""",
            [message_id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    fields: list[Any] = list(row)
    fields[2] = bytes(fields[2])
    fields[-1] = _opened(scope, fields[2], bytes(fields[-1]))
    return Sent(*fields)


def _opened(scope: Scope, unit: bytes, sealed: bytes) -> dict[str, Any]:
    key = vault.existing_person_keys(scope.tenant_id, [unit]).get(unit) if sealed else None
    if key is None:
        return {}
    try:
        found: dict[str, Any] = orjson.loads(unseal(key, sealed))
    except Unreadable:
        return {}
    return found


def note_click(scope: Scope, sent: Sent, link: int, now: dt.datetime) -> None:
    """The first click is kept on the message; each becomes an event, at most one a minute and link."""
    _stamp(
        scope, sent.id, "clicked_at = coalesce(clicked_at, %s), opened_at = coalesce(opened_at, %s)", now, now
    )
    links = sent.content.get("links") or []
    target = links[link] if link < len(links) else ""
    minute = int(now.timestamp() // 60)
    _tell(scope, sent, "Message Clicked", f"m:{sent.id}:c:{link}:{minute}", {"link": target}, now)


def note_open(scope: Scope, sent: Sent, now: dt.datetime) -> None:
    """The first opening is kept on the message and becomes an event; mail programs fetch the picture again and again."""
    if _stamp(scope, sent.id, "opened_at = %s", now, only="opened_at IS NULL"):
        _tell(scope, sent, "Message Opened", f"m:{sent.id}:o", {}, now)


def _stamp(scope: Scope, message_id: int, change: str, *values: Any, only: str = "true") -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{scope.schema}".journeys_message SET {change} WHERE id = %s AND {only}',
            [*values, message_id],
        )
        return bool(cursor.rowcount)


def _tell(
    scope: Scope, sent: Sent, name: str, message_id: str, properties: dict[str, Any], now: dt.datetime
) -> None:
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        names = read_names(cursor, scope, [sent.profile_id]).get(sent.profile_id)
    if not names:
        return
    about = {
        "message_id": sent.id,
        "channel": sent.channel,
        "template": sent.template,
        "journey_id": sent.journey_id,
        "campaign_id": sent.campaign_id,
        "node": sent.node,
        **properties,
    }
    known = {key: value for key, value in about.items() if value not in (None, "")}
    tell(scope, [Told(names[0], "track", message_id, {"event": name, "properties": known})], now)
