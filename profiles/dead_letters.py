"""Dead letters: read, mended, sent through the door again, or discarded."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import orjson
from django.db import connection, transaction

from tenants import audit, vault
from tenants.crypto import Unreadable, unseal
from tenants.scope import Scope

from .ingest import wire
from .ingest.hints import hint
from .ingest.moments import parse
from .ingest.store import KEY_KINDS, store
from .models import DeadLetter
from .plan.current import current

_KINDS = {number: name for name, number in KEY_KINDS.items()}


class CannotReplay(Exception):
    """Why a letter can't be sent again; the message is for whoever tried."""


def read_letter(scope: Scope, letter: DeadLetter) -> bytes:
    """The event as it came; raises `CannotReplay` when its person's key has been destroyed."""
    handle = bytes(letter.handle)
    key = vault.existing_person_keys(scope.tenant_id, {handle}).get(handle)
    if key is None:
        raise CannotReplay("The person of this event was erased; it can't be read any more.")
    try:
        plain = unseal(key, bytes(letter.payload))
    except Unreadable as error:
        raise CannotReplay("This event can't be decrypted.") from error
    return _as_sent(plain) if letter.message_key else plain


def replay(scope: Scope, letter: DeadLetter, *, actor: str, mended: bytes | None = None) -> None:
    """Send a letter's event, or its `mended` form, through the door again, as if its sender had.

    Raises `CannotReplay` when the door refuses it again, or when the letter is not open; the letter stays as it is.
    """
    with transaction.atomic():
        letter = DeadLetter.objects.select_for_update().get(pk=letter.pk)
        if letter.status != DeadLetter.Status.OPEN:
            raise CannotReplay("This event was replayed or discarded already.")
        raw = mended if mended is not None else read_letter(scope, letter)
        received = dt.datetime.now(dt.UTC)
        event = wire.read_event(
            raw,
            0,
            type_name=letter.type if letter.type in wire.TYPES else None,
            received=received,
            plan=current(scope),
        )
        if isinstance(event, wire.Rejected):
            raise CannotReplay(event.detail)
        if letter.message_key:
            # It was accepted once, and counted nowhere: its message id may count now.
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM profiles_messagekey WHERE key = %s", [letter.message_key])
        sender = replace(scope, kind=_KINDS.get(letter.key_kind, "secret"))
        stored = store(sender, [event], [], received)
        if stored.suppressed:
            raise CannotReplay("The person of this event was erased; it can't be taken any more.")
        letter.status = DeadLetter.Status.REPLAYED
        letter.save(update_fields=["status"])
        audit.record("dead letter replayed", f"deadletter:{letter.pk}", actor, duplicate=not stored.fresh)
        transaction.on_commit(lambda: hint(scope.schema))


def discard(letter: DeadLetter, *, actor: str) -> None:
    """Set a letter aside for good; it stays readable until its retention ends."""
    with transaction.atomic():
        changed = DeadLetter.objects.filter(pk=letter.pk, status=DeadLetter.Status.OPEN).update(
            status=DeadLetter.Status.DISCARDED
        )
        if changed:
            letter.status = DeadLetter.Status.DISCARDED
            audit.record("dead letter discarded", f"deadletter:{letter.pk}", actor)


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
