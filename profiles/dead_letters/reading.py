"""What stands in a dead letter."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson

from tenants import vault
from tenants.crypto import Unreadable, unseal
from tenants.scope import Scope

from ..ingest.moments import parse
from ..models import DeadLetter


class CannotReplay(Exception):
    """Why a letter can't be sent again; the message is for whoever tried. `reason` is the door's word for it.

    `path`: the field that is wrong, where it is known.
    """

    def __init__(self, message: str, reason: str = "cannot_be_sent", path: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.path = path


def read_letter(scope: Scope, letter: DeadLetter) -> bytes:
    """The event as it came; raises `CannotReplay` when its person's key has been destroyed."""
    handle = bytes(letter.handle)
    key = vault.existing_person_keys(scope.tenant_id, {handle}).get(handle)
    if key is None:
        raise CannotReplay("The person of this event was erased; it can't be read any more.", "erased")
    try:
        plain = unseal(key, bytes(letter.payload))
    except Unreadable as error:
        raise CannotReplay("This event can't be decrypted.", "unreadable") from error
    return _as_sent(plain) if letter.message_key else plain


def _as_sent(stored: bytes) -> bytes:
    """The event inside what the door stored, with the time and context that the door had worked out."""
    envelope: dict[str, Any] = orjson.loads(stored)
    event = envelope["event"]
    at = dt.datetime.fromtimestamp(envelope["at"] / 1e6, dt.UTC)
    if parse(event.get("timestamp")) is None:
        event["timestamp"] = at.isoformat()
    if "context" in envelope and event.get("context") is None:
        event["context"] = envelope["context"]
    if envelope.get("gpc"):
        event["context"] = {**(event.get("context") or {}), "gpc": True}
    return orjson.dumps(event)
