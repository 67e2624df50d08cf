"""Stored events as people read them: what was sent, through what, what became of it and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db.models import QuerySet

from compliance.redaction import redact_values
from tenants import vault
from tenants.crypto import Unreadable, unseal
from tenants.db import connection

from ..arrivals.agents import agent_of, bot_by_agent
from ..arrivals.rules import current
from ..flags import BOT, NOT_COUNTED, REPEATED, ROBOTIC, SAME_ORDER, STRIPPED, UNLISTED, UNPLANNED, VIOLATES
from ..models import Event, EventQueue
from ..processing.channels import channel_of
from ..processing.claim import Claimed
from ..processing.decode import Occurrence

TYPES = {1: "identify", 2: "track", 3: "page", 4: "screen", 5: "group", 6: "alias"}
_SENDERS = {1: "Browser key", 2: "Server key"}
_IDS = ("userId", "anonymousId", "previousId", "groupId")
_HIDDEN = "•••"
PORTION = 500


@dataclass(frozen=True)
class Shown:
    """`content` is None when the person's key has been destroyed. `why`: (tone, word, sentence) of each mark."""

    id: int
    received_at: dt.datetime
    type: str
    name: str
    about: str
    channel: str
    sender: str
    waiting: bool
    counted: bool
    profile_id: int | None
    content: str | None
    why: list[tuple[str, str, str]] = field(default_factory=list)


def shown(tenant_id: int, events: Sequence[Event], *, may_read: bool) -> list[Shown]:
    """`may_read`: whether identifiers and personal fields are shown, or hidden."""
    keys = vault.existing_person_keys(tenant_id, [bytes(event.handle) for event in events])
    waiting = set(
        EventQueue.objects.filter(event_id__in=[e.id for e in events]).values_list("event_id", flat=True)
    )
    return [_one(e, keys.get(bytes(e.handle)), e.id in waiting, may_read) for e in events]


def search(
    tenant_id: int, rows: QuerySet[Event], *, name: str, channel: str, size: int, opened: int, may_read: bool
) -> tuple[list[Shown], bool]:
    """(the first `size` events with this in their name and this channel, whether fewer than all were looked into).

    Names and channels are sealed with the event: the newest `opened` are looked into.
    """
    found: list[Shown] = []
    for start in range(0, opened, PORTION):
        part = list(rows[start : start + PORTION])
        for row in shown(tenant_id, part, may_read=may_read):
            if name.lower() in row.name.lower() and channel in ("", row.channel):
                found.append(row)
                if len(found) == size:
                    return found, False
        if len(part) < PORTION:
            return found, False
    return found, True


def _one(event: Event, key: bytes | None, waiting: bool, may_read: bool) -> Shown:
    stored = _opened(event, key)
    body = (stored or {}).get("event")
    if not isinstance(body, dict):
        body = {}
    context = body.get("context") or (stored or {}).get("context") or {}
    if not isinstance(context, dict):
        context = {}
    if not context.get("userAgent"):
        context = {**context, "userAgent": (stored or {}).get("agent", "")}
    plain = body if may_read else _masked(body)
    return Shown(
        id=event.id,
        received_at=event.received_at,
        type=TYPES.get(event.type, "unknown"),
        name=str(body.get("event") or body.get("name") or ""),
        about=_about(plain),
        channel=_channel(event, body, context),
        sender=_SENDERS.get(event.key_kind, ""),
        waiting=waiting,
        counted=not event.flags & NOT_COUNTED,
        profile_id=event.profile_id,
        content=orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() if stored is not None else None,
        why=list(_why(event.flags, (stored or {}).get("plan"), context)),
    )


def _opened(event: Event, key: bytes | None) -> dict[str, Any] | None:
    if key is None:
        return None
    try:
        stored = orjson.loads(unseal(key, bytes(event.payload)))
    except (Unreadable, orjson.JSONDecodeError):
        return None
    return stored if isinstance(stored, dict) else None


def _masked(body: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _HIDDEN if name in _IDS and value else redact_values(value) if name != "messageId" else value
        for name, value in body.items()
    }


def _about(body: dict[str, Any]) -> str:
    properties = body.get("properties")
    if not isinstance(properties, dict):
        return ""
    return ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in list(properties.items())[:3]
        if isinstance(value, str | int | float)
    )


def _channel(event: Event, body: dict[str, Any], context: dict[str, Any]) -> str:
    claimed = Claimed(event.id, event.received_at, event.type, b"", "", b"", event.key_kind, 0)
    said = body.get("channel")
    properties = body.get("properties")
    return channel_of(
        Occurrence(
            claimed,
            0,
            name=str(body.get("event") or body.get("name") or ""),
            channel=said if isinstance(said, str) else "",
            properties=properties if isinstance(properties, dict) else {},
            context=context,
        )
    )


def _why(flags: int, violations: Any, context: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    said = [f"{place} {why}" for place, why in violations or []]
    if flags & VIOLATES:
        yield "warn", "Not as planned", "; ".join(said)
    if flags & STRIPPED:
        yield "warn", "Stripped", "What is not in the tracking plan was taken out."
    if flags & UNPLANNED:
        yield "warn", "Not planned", "The tracking plan has no such event."
    if flags & BOT:
        yield "", "Bot", _robot(flags, context)
    if flags & UNLISTED:
        yield (
            "warn",
            "Unknown item",
            "The catalogue has no such item, and browsers had named too many of those that day.",
        )
    if flags & REPEATED:
        order = "The same order had counted already."
        yield "", "Sent twice", order if flags & SAME_ORDER else "The same had come a moment before."


def _robot(flags: int, context: dict[str, Any]) -> str:
    if flags & ROBOTIC:
        return "It looked at more pages a minute than a person can."
    from psycopg import Cursor

    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        found = bot_by_agent(current(cursor, connection.schema_name), agent_of(context))
    return f"Its user agent says so: {found}." if found else "Its user agent was one of a bot."
