"""From sealed bytes to an event whose people are named by blind indexes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tenants import vault
from tenants.crypto import Unreadable, blind_index, unseal
from tenants.scope import Scope

from .claim import Claimed

IDENTIFY, TRACK, PAGE, SCREEN, GROUP, ALIAS = 1, 2, 3, 4, 5, 6
TYPES = ("", "identify", "track", "page", "screen", "group", "alias")
PUBLISHABLE = 1
Id = str | int | None


class _Event(msgspec.Struct):
    userId: Id = None
    anonymousId: Id = None
    previousId: Id = None
    event: str | None = None
    name: str | None = None
    channel: Any = None
    context: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None


class _Stored(msgspec.Struct):
    at: int
    event: _Event
    context: dict[str, Any] | None = None
    gpc: bool = False
    agent: str = ""


class _Line(_Event):
    type: str = ""


_decode = msgspec.json.Decoder(_Stored).decode
_decode_line = msgspec.json.Decoder(_Line).decode
_LONG_AGO = dt.datetime.fromtimestamp(0, dt.UTC)


@dataclass(slots=True)
class Occurrence:
    """One event, readable. `at`: when it happened, unix microseconds. Blinds are None where the event names nobody."""

    claimed: Claimed
    at: int
    user: bytes | None = None
    anonymous: bytes | None = None
    previous: bytes | None = None
    previous_user: bytes | None = None
    values: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    name: str = ""
    channel: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    traits: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    doubtful: bool = False  # counted for its shopper because a browser said that the visitor is them
    gpc: bool = False  # the browser sent it with Global Privacy Control switched on
    happened_on: str | None = None  # its channel, once it was asked for (see channels.channel_of)
    facts: Any = None  # what it stands for, once it was read (see apply.read_facts)
    worth: float | None = None  # of an order, when a later event changed it (see orders.settle)

    @property
    def type(self) -> int:
        return self.claimed.type

    @property
    def origin(self) -> bytes:
        """The name that the event came under; empty when it names nobody."""
        return self.user or self.anonymous or b""

    @property
    def trusted(self) -> bool:
        """Sent by the merchant's server, not by a browser."""
        return self.claimed.key_kind != PUBLISHABLE

    @property
    def moment(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.at / 1e6, dt.UTC)


@dataclass(slots=True)
class Decoded:
    """`forgotten`: events whose person was erased; `broken`: (event, why). `robots`: handles of those whom these events
    prove to be bots, while earlier ones of theirs have counted.
    """

    events: list[Occurrence]
    forgotten: list[Claimed]
    broken: list[tuple[Claimed, str]]
    robots: set[bytes] = field(default_factory=set)


def origin_of(blind: bytes) -> int:
    """How interactions note a name: its first 8 bytes as a signed number, 0 for none."""
    return int.from_bytes(blind[:8], "big", signed=True)


def decode(scope: Scope, claimed: Iterable[Claimed]) -> Decoded:
    claimed = list(claimed)
    keys = vault.existing_person_keys(scope.tenant_id, {c.handle for c in claimed})
    result = Decoded([], [], [])
    for event in claimed:
        key = keys.get(event.handle)
        if key is None:
            result.forgotten.append(event)
            continue
        try:
            stored = _decode(unseal(key, event.payload))
        except (Unreadable, msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            result.broken.append((event, str(error)))
            continue
        result.events.append(_occurrence(scope.tenant_id, event, stored))
    return result


def _context(stored: _Stored) -> dict[str, Any]:
    """What the event says of where it came from, with the browser's own word where it says nothing of that."""
    context = stored.event.context or stored.context or {}
    if stored.agent and not context.get("userAgent"):
        return {**context, "userAgent": stored.agent}
    return context


def imported_event(scope: Scope, raw: bytes) -> Occurrence | None:
    """A line of an import (an event of the tracking spec as JSON) before it is stored; None when it can't be read."""
    try:
        event = _decode_line(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    type_ = TYPES.index(event.type) if event.type in TYPES else TRACK
    claimed = Claimed(0, _LONG_AGO, type_, b"", "", b"", 2, 0)
    return _occurrence(scope.tenant_id, claimed, _Stored(0, event))


def _occurrence(tenant_id: int, claimed: Claimed, stored: _Stored) -> Occurrence:
    event = stored.event
    found = Occurrence(
        claimed,
        stored.at,
        name=event.event or event.name or "",
        channel=event.channel if isinstance(event.channel, str) else "",
        properties=event.properties or {},
        traits=event.traits or {},
        context=_context(stored),
        gpc=stored.gpc,
    )

    def named(kind: str, value: Id) -> bytes | None:
        text = "" if value is None else str(value).strip()
        if not text:
            return None
        blind = blind_index(tenant_id, kind, text)
        found.values[blind] = (kind, text)
        return blind

    found.user = named("user_id", event.userId)
    found.anonymous = named("anonymous_id", event.anonymousId)
    if claimed.type == ALIAS:
        found.previous = named("anonymous_id", event.previousId)
    if found.previous is not None:
        found.previous_user = blind_index(tenant_id, "user_id", str(event.previousId))
    return found
