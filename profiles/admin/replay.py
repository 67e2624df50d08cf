"""Sending a dead letter again, mended or as it is."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from tenants import audit, keyring
from tenants.models import Tenant

from ..ingest.hints import hint
from ..ingest.store import store
from ..ingest.wire import Rejected, read_event
from ..models import DeadLetter, MessageKey


class StillBad(Exception):
    """The event is refused again; the text says why."""


@transaction.atomic
def replay(tenant: Tenant, letter: DeadLetter, text: str, *, actor: str) -> bool:
    """Take the event as if it arrived now; False when its messageId has counted already.

    An event that had been accepted and failed later holds its messageId itself: that hold is released first.
    Raises StillBad, and then nothing has changed.
    """
    received = dt.datetime.now(dt.UTC)
    event = read_event(text.encode(), 0, type_name=letter.type or None, received=received)
    if isinstance(event, Rejected):
        raise StillBad(event.detail)
    if letter.message_key is not None:
        MessageKey.objects.filter(key=letter.message_key).delete()
    scope = keyring.scope_of_tenant(tenant, kind="publishable" if letter.key_kind == 1 else "secret")
    fresh = bool(store(scope, [event], [], received))
    letter.status = DeadLetter.Status.REPLAYED
    letter.save(update_fields=["status"])
    audit.record("dead letter replayed", f"deadletter:{letter.pk}", actor, counted=fresh)
    if fresh:
        transaction.on_commit(lambda: hint(scope.schema))
    return fresh


@transaction.atomic
def discard(letter: DeadLetter, *, actor: str) -> None:
    letter.status = DeadLetter.Status.DISCARDED
    letter.save(update_fields=["status"])
    audit.record("dead letter discarded", f"deadletter:{letter.pk}", actor)
