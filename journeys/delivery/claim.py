"""Which messages a worker takes, and what is on record about them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import django.db
import psycopg
from psycopg import Cursor

from compliance.suppression import suppressed

from ..addresses import KINDS

BATCH = 50
# The database is away: asked through Django's cursor or psycopg's own.
AWAY = (
    django.db.OperationalError,
    django.db.InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
# Why nothing goes to an address whose owner was erased, not even by another shopper who names it.
ERASED = "erased"
WAITING = "('queued', 'delayed')"


@dataclass(slots=True)
class Due:
    """A message to be looked at. `leased`: a worker died while sending it. `by_hand`: a person says that it goes out.

    `enrolment_live`: None without an enrolment. `journey_status`, `campaign_status`: "" without one.
    """

    id: int
    key: str
    profile_id: int
    unit: bytes
    journey_id: int | None
    enrolment_id: int | None
    node: str
    campaign_id: int | None
    template_id: int
    channel: str
    marketing: bool
    state: str
    attempts: int
    created_at: dt.datetime
    context: bytes
    content: bytes
    decisions: list[uuid.UUID]
    by_hand: bool
    enrolment_live: bool | None
    journey_status: str
    campaign_status: str = ""

    @property
    def leased(self) -> bool:
        return self.state == "sending"


_COLUMNS = """m.id, m.key, m.profile_id, m.unit, m.journey_id, m.enrolment_id, m.node, m.campaign_id, m.template_id,
    m.channel, m.marketing, m.state, m.attempts, m.created_at, m.context, m.content, m.decisions, m.by_hand"""


def claim(cursor: Cursor, schema: str, limit: int = BATCH) -> list[Due]:
    """Lock messages that are due, and those whose sender is gone, until the end of the transaction.

    What shoppers wait for, such as a confirmation, goes before marketing. Of one shopper only one worker has messages at a time, or two of them could each be the last one that the frequency
    cap allows.
    """
    rows = cursor.execute(
        f"""WITH abandoned AS MATERIALIZED (
                SELECT id FROM "{schema}".journeys_message
                WHERE state = 'sending' AND lease_until <= statement_timestamp()
                ORDER BY lease_until LIMIT %b FOR UPDATE SKIP LOCKED
            ), urgent AS MATERIALIZED (
                SELECT id FROM "{schema}".journeys_message
                WHERE state IN {WAITING} AND NOT marketing AND due_at <= statement_timestamp()
                ORDER BY due_at LIMIT %b FOR UPDATE SKIP LOCKED
            ), fresh AS MATERIALIZED (
                SELECT id FROM "{schema}".journeys_message
                WHERE state IN {WAITING} AND marketing AND due_at <= statement_timestamp()
                ORDER BY due_at LIMIT %b - (SELECT count(*) FROM urgent) FOR UPDATE SKIP LOCKED
            ), due AS (SELECT id FROM abandoned UNION ALL SELECT id FROM urgent UNION ALL SELECT id FROM fresh)
            SELECT {_COLUMNS}, e.finished_at IS NULL AND e.id IS NOT NULL, coalesce(j.status, ''),
                coalesce(c.status, '')
            FROM due JOIN "{schema}".journeys_message m USING (id)
            LEFT JOIN "{schema}".journeys_enrolment e ON e.id = m.enrolment_id
            LEFT JOIN "{schema}".journeys_journey j ON j.id = m.journey_id
            LEFT JOIN "{schema}".journeys_campaign c ON c.id = m.campaign_id
            ORDER BY m.due_at, m.id""",
        [limit, limit, limit],
        binary=True,
    ).fetchall()
    found = [Due(*row) for row in rows]
    for message in found:
        if message.enrolment_id is None:
            message.enrolment_live = None
    mine = _lock_shoppers(cursor, schema, {message.profile_id for message in found})
    return [message for message in found if message.profile_id in mine]


def _lock_shoppers(cursor: Cursor, schema: str, profile_ids: Iterable[int]) -> set[int]:
    ids = sorted(set(profile_ids))
    if not ids:
        return set()
    rows = cursor.execute(
        """SELECT id FROM unnest(%b::bigint[]) AS t(id)
           WHERE pg_try_advisory_xact_lock(hashtextextended(%b || ':contact', id))""",
        [ids, schema],
    ).fetchall()
    return {row[0] for row in rows}


def work_waits(cursor: Cursor, schema: str) -> bool:
    """Whether messages are due, or were left behind by a worker that died."""
    row = cursor.execute(
        f"""SELECT EXISTS (SELECT 1 FROM "{schema}".journeys_message
                           WHERE state IN {WAITING} AND due_at <= statement_timestamp())
            OR EXISTS (SELECT 1 FROM "{schema}".journeys_message
                       WHERE state = 'sending' AND lease_until <= statement_timestamp())"""
    ).fetchone()
    return bool(row and row[0])


def contacts(cursor: Cursor, schema: str, profile_ids: Iterable[int]) -> dict[int, list[dt.datetime]]:
    """When marketing messages of any channel went out to each shopper within the last week."""
    rows = cursor.execute(
        f"""SELECT profile_id, attempted_at FROM "{schema}".journeys_message
            WHERE profile_id = ANY(%b::bigint[]) AND marketing
                AND attempted_at > statement_timestamp() - interval '7 days'
                AND state IN ('sending', 'sent', 'delivered', 'unknown')""",
        [list(set(profile_ids))],
    ).fetchall()
    found: dict[int, list[dt.datetime]] = {}
    for profile_id, at in rows:
        found.setdefault(profile_id, []).append(at)
    return found


def suppressions(cursor: Cursor, schema: str, blinds: Iterable[bytes]) -> dict[tuple[str, bytes], str]:
    """(channel, blind index of the address) → why nothing goes there. An erased person's address is so for every channel."""
    wanted = list(set(blinds))
    if not wanted:
        return {}
    rows = cursor.execute(
        f'SELECT channel, blind, reason FROM "{schema}".journeys_suppression WHERE blind = ANY(%b::bytea[])',
        [wanted],
        binary=True,
    ).fetchall()
    erased = {(c, bytes(b)): ERASED for c in KINDS for b in suppressed(cursor, schema, wanted)}
    return {(channel, bytes(blind)): reason for channel, blind, reason in rows} | erased
