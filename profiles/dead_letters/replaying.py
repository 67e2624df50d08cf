"""One letter sent through the door again, set aside, or taken back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.db import connection, transaction

from tenants import audit
from tenants.scope import Scope

from ..ingest import wire
from ..ingest.body import MAX_EVENT_BYTES, MAX_IMPORTED_BYTES
from ..ingest.hints import hint
from ..ingest.store import KEY_KINDS, store
from ..models import DeadLetter
from ..plan.current import current
from .reading import CannotReplay, read_letter

_KINDS = {number: name for name, number in KEY_KINDS.items()}


def verdict(scope: Scope, letter: DeadLetter, raw: bytes) -> wire.Incoming | wire.Rejected:
    """What the door would say of the letter's event, or of its mended form, now. Nothing is stored.

    An event that names no time happened when it first came, not when it is sent again.
    """
    return wire.read_event(
        raw,
        0,
        type_name=letter.type if letter.type in wire.TYPES else None,
        received=letter.received_at,
        plan=current(scope),
        # An event without an id of its own counts once, however often its letter is sent again.
        seed=f"letter:{letter.pk}",
        # What was taken from a file once is not too large now.
        most_bytes=MAX_IMPORTED_BYTES if letter.source == "import" or letter.message_key else MAX_EVENT_BYTES,
    )


def replay(
    scope: Scope, letter: DeadLetter, *, actor: str, mended: bytes | None = None, recorded: bool = True
) -> bool:
    """Send a letter's event, or its `mended` form, through the door again, as if its sender had; whether it counts.

    It does not when its message id has counted before.
    Raises `CannotReplay` when the door refuses it again, or when the letter is not open; the letter stays as it is.
    `recorded`: whether it gets an audit record of its own; a job has one for all of its letters.
    """
    with transaction.atomic():
        letter = DeadLetter.objects.select_for_update().get(pk=letter.pk)
        if letter.status != DeadLetter.Status.OPEN:
            raise CannotReplay("This event was replayed or discarded already.", "settled")
        raw = mended if mended is not None else read_letter(scope, letter)
        event = verdict(scope, letter, raw)
        if isinstance(event, wire.Rejected):
            raise CannotReplay(event.detail, event.reason, event.path)
        if letter.message_key:
            # It was accepted once, and counted nowhere: its message id may count now.
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM profiles_messagekey WHERE key = %s", [letter.message_key])
        sender = replace(scope, kind=_KINDS.get(letter.key_kind, "secret"))
        stored = store(sender, [event], [], dt.datetime.now(dt.UTC), "replay")
        if stored.suppressed:
            raise CannotReplay("The person of this event was erased; it can't be taken any more.", "erased")
        letter.status = DeadLetter.Status.REPLAYED
        letter.settled_at = dt.datetime.now(dt.UTC)
        letter.save(update_fields=["status", "settled_at"])
        if recorded:
            audit.record(
                "dead letter replayed",
                f"deadletter:{letter.pk}",
                actor,
                duplicate=not stored.fresh,
                mended=mended is not None,
            )
        transaction.on_commit(lambda: hint(scope.schema))
    return bool(stored.fresh)


def discard(letter: DeadLetter, *, actor: str) -> None:
    """Set a letter aside; it stays readable, and can be taken back, until its retention ends."""
    with transaction.atomic():
        changed = DeadLetter.objects.filter(pk=letter.pk, status=DeadLetter.Status.OPEN).update(
            status=DeadLetter.Status.DISCARDED, settled_at=dt.datetime.now(dt.UTC)
        )
        if changed:
            letter.status = DeadLetter.Status.DISCARDED
            audit.record("dead letter discarded", f"deadletter:{letter.pk}", actor)


def restore(letter: DeadLetter, *, actor: str) -> None:
    """Take a discarded letter back: it is open again."""
    with transaction.atomic():
        changed = DeadLetter.objects.filter(pk=letter.pk, status=DeadLetter.Status.DISCARDED).update(
            status=DeadLetter.Status.OPEN, settled_at=None
        )
        if changed:
            letter.status = DeadLetter.Status.OPEN
            audit.record("dead letter taken back", f"deadletter:{letter.pk}", actor)
