"""What became of messages, written down, and the enrolments that waited for it told."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
from django.db import transaction
from psycopg import Cursor

from tenants import vault
from tenants.crypto import seal
from tenants.due import mark_due, mark_due_at
from tenants.scope import Scope

from ..addresses import blind_of
from ..channels import in_database
from ..channels.base import Endpoint, Parcel
from ..hints import JOURNEYS, MESSAGES, publish
from .claim import Due

# Seconds after which a message that could not be handed over is tried again.
BACKOFF = (30, 120, 600, 1800, 7200)
MOST_ATTEMPTS = len(BACKOFF) + 1
# What an enrolment may go on after.
DECIDED = ("sent", "delivered", "skipped", "failed", "unknown")


@dataclass(slots=True)
class Fate:
    """A message's new state. `retry`: delayed after a failure, failed after too many.

    With a `lease` it counts only while that lease still holds; `attempt` is written down when there was one.
    `keeps_content`: what it said may have arrived, and is said again word for word; else it is made anew.
    """

    message: Due
    state: str
    reason: str = ""
    until: dt.datetime | None = None
    lease: uuid.UUID | None = None
    attempt: int = 0
    started_at: dt.datetime | None = None
    result: str = ""
    reference: str = ""
    parcel: Parcel | None = None
    endpoint: Endpoint | None = None
    bounced: bool = field(default=False)
    keeps_content: bool = True


def settle(cursor: Cursor, scope: Scope, fates: Sequence[Fate], now: dt.datetime) -> list[Fate]:
    """Write the fates that still count, in the caller's transaction; which they were."""
    if not fates:
        return []
    schema = scope.schema
    # In one order everywhere, or two transactions could wait for each other's messages.
    fates = sorted(fates, key=lambda fate: fate.message.id)
    for fate in fates:
        if fate.state == "retry":
            _retry(fate, now)
    rows = cursor.execute(
        f"""UPDATE "{schema}".journeys_message m
            SET state = t.state, reason = t.reason, due_at = coalesce(t.until, m.due_at), lease = NULL,
                lease_until = NULL, attempts = t.attempts, provider_reference = t.reference,
                content = CASE WHEN t.state = 'delayed' AND NOT t.keeps THEN '' ELSE m.content END,
                decided_at = CASE WHEN t.state = ANY(%b::text[]) THEN %b::timestamptz END
            FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::timestamptz[], %b::uuid[], %b::smallint[],
                        %b::text[], %b::boolean[])
                 AS t(id, state, reason, until, lease, attempts, reference, keeps)
            WHERE m.id = t.id AND (t.lease IS NULL OR m.lease = t.lease) RETURNING m.id""",
        [
            list(DECIDED),
            now,
            [f.message.id for f in fates],
            [f.state for f in fates],
            [f.reason[:200] for f in fates],
            [f.until for f in fates],
            [f.lease for f in fates],
            [max(f.attempt, f.message.attempts) for f in fates],
            [f.reference[:200] for f in fates],
            [f.keeps_content for f in fates],
        ],
    ).fetchall()
    held = {row[0] for row in rows}
    counted = [fate for fate in fates if fate.message.id in held]
    _note_attempts(cursor, schema, counted, now)
    _into_inbox(cursor, scope, counted, now)
    _suppress_bounced(cursor, scope, counted, now)
    if _wake(cursor, schema, counted, now):
        mark_due(cursor, scope.tenant_id, JOURNEYS)
        transaction.on_commit(lambda: publish(scope.schema))
    mark_due_at(cursor, scope.tenant_id, MESSAGES, (f.until for f in counted if f.until))
    return counted


def _retry(fate: Fate, now: dt.datetime) -> None:
    """A failure that may pass: later again with longer pauses, until it has been tried often enough."""
    attempts = max(fate.attempt, fate.message.attempts + 1)
    fate.attempt = attempts
    if attempts >= MOST_ATTEMPTS:
        fate.state, fate.reason, fate.until = "failed", f"{fate.reason}, {attempts} times", None
        return
    pause = dt.timedelta(seconds=BACKOFF[attempts - 1])
    fate.state, fate.until = "delayed", max(fate.until or now, now + pause)


def _note_attempts(cursor: Cursor, schema: str, fates: Sequence[Fate], now: dt.datetime) -> None:
    tried = [fate for fate in fates if fate.result]
    if not tried:
        return
    cursor.execute(
        f"""INSERT INTO "{schema}".journeys_delivery (message_id, attempt, started_at, finished_at, result, detail)
            SELECT id, attempt, started, %b, result, detail
            FROM unnest(%b::bigint[], %b::smallint[], %b::timestamptz[], %b::text[], %b::text[])
                 AS t(id, attempt, started, result, detail)""",
        [
            now,
            [f.message.id for f in tried],
            [f.attempt for f in tried],
            [f.started_at or now for f in tried],
            [f.result for f in tried],
            [f.reason[:300] for f in tried],
        ],
    )


def _into_inbox(cursor: Cursor, scope: Scope, fates: Sequence[Fate], now: dt.datetime) -> None:
    """The sandbox's delivery: a row, in the very transaction that says it was sent."""
    arrived = [
        (fate, fate.parcel)
        for fate in fates
        if fate.state == "sent" and fate.parcel and fate.endpoint and in_database(fate.endpoint.kind)
    ]
    if not arrived:
        return
    units = [bytes(fate.message.unit) for fate, _ in arrived]
    keys = vault.existing_person_keys(scope.tenant_id, units)
    kept = [(fate, parcel, unit) for (fate, parcel), unit in zip(arrived, units, strict=True) if unit in keys]
    cursor.execute(
        f"""INSERT INTO "{scope.schema}".journeys_inboxmessage (key, message_id, profile_id, unit, channel, at, content)
            SELECT key, message, profile, unit, channel, %b, content
            FROM unnest(%b::text[], %b::bigint[], %b::bigint[], %b::bytea[], %b::text[], %b::bytea[])
                 AS t(key, message, profile, unit, channel, content) ON CONFLICT (key) DO NOTHING""",
        [
            now,
            [fate.message.key for fate, _, _ in kept],
            [fate.message.id for fate, _, _ in kept],
            [fate.message.profile_id for fate, _, _ in kept],
            [unit for *_, unit in kept],
            [fate.message.channel for fate, _, _ in kept],
            [seal(keys[unit], inbox_content(parcel)) for _, parcel, unit in kept],
        ],
    )


def _suppress_bounced(cursor: Cursor, scope: Scope, fates: Sequence[Fate], now: dt.datetime) -> None:
    """An address that the server says does not exist is not tried again."""
    gone = [fate for fate in fates if fate.bounced and fate.parcel and fate.parcel.to]
    for fate in gone:
        to = fate.parcel.to if fate.parcel else ""
        cursor.execute(
            f"""INSERT INTO "{scope.schema}".journeys_suppression (channel, blind, reason, since, message_id)
                VALUES (%b, %b, 'bounced', %b, %b) ON CONFLICT (channel, blind) DO UPDATE SET reason = 'bounced'""",
            [
                fate.message.channel,
                blind_of(scope.tenant_id, fate.message.channel, to),
                now,
                fate.message.id,
            ],
        )


def inbox_content(parcel: Parcel) -> bytes:
    return orjson.dumps(
        {
            "to": parcel.to,
            "subject": parcel.subject,
            "text": parcel.text,
            "html": parcel.html,
            "headers": dict(parcel.headers),
        }
    )


def _wake(cursor: Cursor, schema: str, fates: Sequence[Fate], now: dt.datetime) -> int:
    """Enrolments that wait for exactly this message go on."""
    decided = [fate for fate in fates if fate.state in DECIDED and fate.message.enrolment_id is not None]
    if not decided:
        return 0
    cursor.execute(
        f"""UPDATE "{schema}".journeys_enrolment e
            SET resume_at = %b, woken = 'message', woken_detail = t.detail
            FROM unnest(%b::bigint[], %b::text[], %b::text[]) AS t(id, key, detail)
            WHERE e.id = t.id AND e.finished_at IS NULL AND t.key = 'journey:' || e.id || ':' || e.node || ':' || e.visit""",
        [
            now,
            [f.message.enrolment_id for f in decided],
            [f.message.key for f in decided],
            [f"{f.state}|{'' if f.state == 'sent' else f.reason[:180]}" for f in decided],
        ],
    )
    return cursor.rowcount
