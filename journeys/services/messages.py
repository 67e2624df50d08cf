"""Messages whose fate nobody knows are decided by a person; templates and rules of sending are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from psycopg import Cursor

from tenants import audit
from tenants.due import mark_due
from tenants.models import Tenant
from tenants.scope import Scope

from .. import hints
from ..delivery.policy import SETTINGS_KEY, Policy
from ..engine.write import Outgoing, insert_messages
from ..models import Message


class NotUnknown(Exception):
    """Only a message whose outcome is unknown can be decided by hand."""

    def __init__(self, message: Message) -> None:
        super().__init__(
            f"This message is {message.get_state_display().lower()}; there is nothing to decide."
        )


def enqueue(cursor: Cursor, scope: Scope, messages: Sequence[Outgoing]) -> int:
    """Put messages into the outbox in the caller's transaction; how many are new. The same key is one message."""
    count = insert_messages(cursor, scope.schema, messages, timezone.now())
    if count:
        mark_due(cursor, scope.tenant_id, hints.MESSAGES)
        transaction.on_commit(lambda: hints.publish(scope.schema, hints.DELIVER))
    return count


@transaction.atomic
def mark_arrived(message_id: int, *, actor: str, delivered: bool = True) -> Message:
    """Somebody knows that an unknown message arrived (or never did: `delivered` False). Raises `NotUnknown`."""
    message = _unknown(message_id)
    message.state = Message.State.DELIVERED if delivered else Message.State.FAILED
    message.reason = "" if delivered else "it did not arrive"
    message.decided_at = timezone.now()
    message.save(update_fields=["state", "reason", "decided_at"])
    verb = "confirmed" if delivered else "found lost"
    audit.record(f"message {verb}", f"message:{message.pk}", actor)
    return message


@transaction.atomic
def send_again(scope: Scope, message_id: int, *, actor: str) -> Message:
    """Send an unknown message once more, because a person says so, wherever its shopper is by now. Consent, suppressed
    addresses, quiet hours and caps hold as ever. Raises `NotUnknown`."""
    message = _unknown(message_id)
    message.state, message.reason, message.due_at = Message.State.QUEUED, "sent again by hand", timezone.now()
    message.created_at, message.decided_at, message.by_hand = message.due_at, None, True
    message.save(update_fields=["state", "reason", "due_at", "created_at", "decided_at", "by_hand"])
    audit.record("message sent again", f"message:{message.pk}", actor)
    with connection.cursor() as cursor:
        mark_due(cursor, scope.tenant_id, hints.MESSAGES)
    transaction.on_commit(lambda: hints.publish(scope.schema, hints.DELIVER))
    return message


def _unknown(message_id: int) -> Message:
    message = Message.objects.select_for_update().get(pk=message_id)
    if message.state != Message.State.UNKNOWN:
        raise NotUnknown(message)
    return message


def policy_of(tenant_id: int) -> Policy:
    return Policy.from_settings(Tenant.objects.values_list("settings", flat=True).get(pk=tenant_id))


@transaction.atomic
def save_policy(tenant_id: int, said: Mapping[str, Any], *, actor: str) -> Policy:
    """Caps and quiet hours: cap_day, cap_week, quiet_from and quiet_until ("HH:MM" or empty), give_up_hours.

    Raises ValueError with a sentence for what can't be.
    """
    kept: dict[str, Any] = {}
    for name, label in (("cap_day", "a day"), ("cap_week", "a week"), ("give_up_hours", "until giving up")):
        value = said.get(name)
        if value in (None, ""):
            continue
        number = int(value) if str(value).isdigit() else -1
        if not 0 <= number <= 1_000:
            raise ValueError(f"The number {label} must be a whole number from 0 to 1,000.")
        kept[name] = number
    times = [str(said.get(name) or "").strip() for name in ("quiet_from", "quiet_until")]
    if any(times) and not all(times):
        raise ValueError("Quiet hours need a beginning and an end.")
    if all(times):
        try:
            start, end = (dt.time.fromisoformat(value) for value in times)
        except ValueError as error:
            raise ValueError("Quiet hours are written as 21:00 and 08:00.") from error
        if start == end:
            raise ValueError("Quiet hours that begin when they end would last all day.")
        kept["quiet_from"], kept["quiet_until"] = f"{start:%H:%M}", f"{end:%H:%M}"
    tenant = Tenant.objects.select_for_update().get(pk=tenant_id)
    tenant.settings = {**tenant.settings, SETTINGS_KEY: {**tenant.settings.get(SETTINGS_KEY, {}), **kept}}
    if not any(times):
        tenant.settings[SETTINGS_KEY].pop("quiet_from", None)
        tenant.settings[SETTINGS_KEY].pop("quiet_until", None)
    tenant.save(update_fields=["settings"])
    audit.record("message rules changed", f"tenant:{tenant_id}", actor, rules=tenant.settings[SETTINGS_KEY])
    return Policy.from_settings(tenant.settings)
