"""Unsubscribing, at once and for good, and taking it back."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from compliance.consent import Choice
from profiles.consents import UnknownShopper, set_consent
from tenants.scope import Scope

from ..addresses import blind_of, needs_address
from ..models import Suppression
from .sent import Sent

ACTOR = "shopper"


def leave(scope: Scope, sent: Sent, *, source: str, now: dt.datetime) -> None:
    """No marketing by this channel any more: consent withdrawn, address suppressed, what waits is skipped when due.

    Doing it twice is harmless. A shopper who is no longer on file keeps the suppressed address.
    """
    with transaction.atomic():
        _say(scope, sent, granted=False, source=source)
        blind = _blind(scope, sent)
        with connection.cursor() as cursor:
            if blind is not None:
                cursor.execute(
                    f"""INSERT INTO "{scope.schema}".journeys_suppression (channel, blind, reason, since, message_id)
                        VALUES (%s, %s, %s, %s, %s) ON CONFLICT (channel, blind) DO NOTHING""",
                    [sent.channel, blind, Suppression.Reason.UNSUBSCRIBED, now, sent.id],
                )
            cursor.execute(
                f"""UPDATE "{scope.schema}".journeys_message SET unsubscribed_at = coalesce(unsubscribed_at, %s)
                    WHERE id = %s""",
                [now, sent.id],
            )


def come_back(scope: Scope, sent: Sent) -> None:
    """Undo `leave`. An address that bounced or complained stays suppressed."""
    with transaction.atomic():
        _say(scope, sent, granted=True, source="unsubscribe undone")
        blind = _blind(scope, sent)
        with connection.cursor() as cursor:
            if blind is not None:
                cursor.execute(
                    f"""DELETE FROM "{scope.schema}".journeys_suppression
                        WHERE channel = %s AND blind = %s AND reason = %s""",
                    [sent.channel, blind, Suppression.Reason.UNSUBSCRIBED],
                )
            cursor.execute(
                f'UPDATE "{scope.schema}".journeys_message SET unsubscribed_at = NULL WHERE id = %s',
                [sent.id],
            )


def _say(scope: Scope, sent: Sent, *, granted: bool, source: str) -> None:
    choice = Choice("marketing", sent.channel, granted=granted, source=source)
    try:
        set_consent(scope, sent.profile_id, [choice], actor=ACTOR)
    except UnknownShopper:
        return


def _blind(scope: Scope, sent: Sent) -> bytes | None:
    to = sent.content.get("to")
    if not to or not needs_address(sent.channel):
        return None
    return blind_of(scope.tenant_id, sent.channel, str(to))
