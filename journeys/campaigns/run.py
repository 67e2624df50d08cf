"""What a worker does for campaigns: write the audience down, then hand messages to the outbox at the chosen pace.

Every step is one short transaction that holds the campaign's row, and waiting is a row of the audience: killed at any
point, the next worker goes on with who still waits. Who was handed over is written in the transaction that makes their
message, and the message's key names campaign and shopper, so nobody gets it twice.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from dataclasses import dataclass

from django.db import connection, transaction
from psycopg import Cursor

from experiments.assignment import BUCKETS, bucket
from tenants.due import mark_due
from tenants.scope import Scope

from ..engine.write import Outgoing
from ..models import Campaign, CampaignMember
from ..services.messages import enqueue
from .audience import judged
from .services import QUEUE

Status, State = Campaign.Status, CampaignMember.State
GATHERED_AT_ONCE = 10_000
HANDED_AT_ONCE = 500
# A throttled campaign hands over what this span allows at a time; a worker that was away does not make up for more.
TICK = dt.timedelta(seconds=2)
# So many may stand in the outbox; more would hold up what journeys send, and pausing would have to hold them back.
MOST_WAITING = 2_000
OUTBOX_FULL, SOON = dt.timedelta(seconds=5), dt.timedelta(minutes=15)
_TIMEOUT = "SET LOCAL transaction_timeout = '14s'"


@dataclass(slots=True)
class Due:
    """A campaign whose row is held."""

    id: int
    status: str
    segment_id: int
    template_id: int
    channel: str
    per_minute: int
    holdout: int
    gathered: int | None
    next_at: dt.datetime


def run_turn(scope: Scope, seconds: float = 2.0) -> bool:
    """Work on the tenant's due campaigns for about `seconds`; whether more is to be done now."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not run_once(scope):
            return False
    return True


def run_once(scope: Scope, now: dt.datetime | None = None) -> bool:
    """One step of one campaign; False when none is due that is free. `now`: for tests."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            if outermost:
                cursor.execute(_TIMEOUT)
            moment = now or dt.datetime.now(dt.UTC)
            campaign = _claim(cursor, scope.schema, moment)
            if campaign is None:
                return False
            if campaign.status == Status.SCHEDULED:
                _begin(cursor, scope, campaign, moment)
            elif campaign.gathered is not None:
                _gather(cursor, scope, campaign, moment)
            else:
                _hand_over(cursor, scope, campaign, moment)
    return True


def work_waits(cursor: Cursor, schema: str) -> bool:
    row = cursor.execute(
        f"""SELECT EXISTS (SELECT 1 FROM "{schema}".journeys_campaign WHERE next_at <= statement_timestamp())"""
    ).fetchone()
    return bool(row and row[0])


def _claim(cursor: Cursor, schema: str, now: dt.datetime) -> Due | None:
    row = cursor.execute(
        f"""SELECT c.id, c.status, c.segment_id, c.template_id, t.channel, c.per_minute, c.holdout, c.gathered, c.next_at
            FROM "{schema}".journeys_campaign c JOIN "{schema}".journeys_template t ON t.id = c.template_id
            WHERE c.next_at <= %s AND c.status IN ('scheduled', 'running')
            ORDER BY c.next_at LIMIT 1 FOR UPDATE OF c SKIP LOCKED""",
        [now],
    ).fetchone()
    return Due(*row) if row else None


def _begin(cursor: Cursor, scope: Scope, campaign: Due, now: dt.datetime) -> None:
    cursor.execute(
        f"""UPDATE "{scope.schema}".journeys_campaign SET status = 'running', started_at = %s, next_at = %s
            WHERE id = %s""",
        [now, now, campaign.id],
    )


def _gather(cursor: Cursor, scope: Scope, campaign: Due, now: dt.datetime) -> None:
    """Write the next part of the segment down, with who is held out; the end of it when there is no more."""
    schema = scope.schema
    rows = cursor.execute(
        f"""SELECT m.profile_id, p.unit FROM "{schema}".profiles_segmentmember m
            JOIN "{schema}".profiles_profile p ON p.id = m.profile_id
            WHERE m.segment_id = %s AND m.profile_id > %s ORDER BY m.profile_id LIMIT %s""",
        [campaign.segment_id, campaign.gathered, GATHERED_AT_ONCE],
    ).fetchall()
    salt, limit = f"campaign:{campaign.id}", campaign.holdout * BUCKETS // 100
    states = [
        State.HELD_OUT.value if limit and bucket(salt, bytes(unit)) < limit else State.WAITING.value
        for _, unit in rows
    ]
    cursor.execute(
        f"""INSERT INTO "{schema}".journeys_campaignmember (campaign_id, profile_id, unit, state, at)
            SELECT %s, profile_id, unit, state, %s
            FROM unnest(%s::bigint[], %s::bytea[], %s::smallint[]) AS t(profile_id, unit, state)
            ON CONFLICT DO NOTHING""",
        [campaign.id, now, [row[0] for row in rows], [bytes(row[1]) for row in rows], states],
    )
    gathered = rows[-1][0] if len(rows) == GATHERED_AT_ONCE else None
    cursor.execute(
        f'UPDATE "{schema}".journeys_campaign SET gathered = %s, next_at = %s WHERE id = %s',
        [gathered, now, campaign.id],
    )
    mark_due(cursor, scope.tenant_id, QUEUE)


def _hand_over(cursor: Cursor, scope: Scope, campaign: Due, now: dt.datetime) -> None:
    """The next shoppers who wait get their message into the outbox; who has left the segment is left out.

    Who can't be written to (no consent, no address) is handed over too, so that the reason is recorded, but uses up
    nothing of the pace: the review's estimate counts only who can.
    """
    schema = scope.schema
    if _waiting(cursor, schema, campaign.id, now) >= MOST_WAITING:
        _go_on(cursor, scope, campaign, now + OUTBOX_FULL)
        return
    count = HANDED_AT_ONCE
    if campaign.per_minute:
        count = min(count, max(1, math.floor(campaign.per_minute * TICK.total_seconds() / 60)))
    rows = cursor.execute(
        f"""WITH next AS (
                SELECT m.profile_id, p.unit, EXISTS (
                    SELECT 1 FROM "{schema}".profiles_segmentmember s
                    WHERE s.segment_id = %(segment)s AND s.profile_id = m.profile_id) AS inside
                FROM "{schema}".journeys_campaignmember m
                LEFT JOIN "{schema}".profiles_profile p ON p.id = m.profile_id
                WHERE m.campaign_id = %(campaign)s AND m.state = 0
                ORDER BY m.profile_id LIMIT %(count)s FOR UPDATE OF m
            )
            UPDATE "{schema}".journeys_campaignmember m SET at = %(now)s,
                state = CASE WHEN next.inside AND next.unit IS NOT NULL THEN %(handed)s ELSE %(left)s END
            FROM next WHERE m.campaign_id = %(campaign)s AND m.profile_id = next.profile_id
            RETURNING m.profile_id, next.unit, m.state""",
        {
            "segment": campaign.segment_id,
            "campaign": campaign.id,
            "count": count,
            "now": now,
            "handed": State.HANDED_OVER.value,
            "left": State.LEFT.value,
        },
    ).fetchall()
    handed = [(profile, bytes(unit)) for profile, unit, state in rows if state == State.HANDED_OVER]
    enqueue(cursor, scope, [_message(campaign, profile, unit, now) for profile, unit in sorted(handed)])
    if len(rows) < count and not rows:
        cursor.execute(
            f"""UPDATE "{schema}".journeys_campaign SET status = 'done', next_at = NULL, finished_at = %s
                WHERE id = %s""",
            [now, campaign.id],
        )
        return
    next_at = now
    if campaign.per_minute:
        people = judged(cursor, schema, campaign.channel, [profile for profile, _ in handed])
        reached = sum(agreed and reachable for _, agreed, reachable in people)
        pause = dt.timedelta(minutes=reached / campaign.per_minute)
        next_at = max(campaign.next_at, now - TICK) + pause
    _go_on(cursor, scope, campaign, next_at)


def _waiting(cursor: Cursor, schema: str, campaign_id: int, now: dt.datetime) -> int:
    """Messages that are to leave now or soon, counted to the limit. What quiet hours put off is in nobody's way.

    Found by when they are due (`+ 0` leaves the campaign's index aside): a night's worth may lie behind them.
    """
    row = cursor.execute(
        f"""SELECT count(*) FROM (
                SELECT 1 FROM "{schema}".journeys_message
                WHERE state IN ('queued', 'delayed') AND due_at <= %s AND campaign_id + 0 = %s LIMIT %s) AS open""",
        [now + SOON, campaign_id, MOST_WAITING],
    ).fetchone()
    return int(row[0]) if row else 0


def _go_on(cursor: Cursor, scope: Scope, campaign: Due, at: dt.datetime) -> None:
    cursor.execute(
        f'UPDATE "{scope.schema}".journeys_campaign SET next_at = %s WHERE id = %s', [at, campaign.id]
    )
    mark_due(cursor, scope.tenant_id, QUEUE, at)


def _message(campaign: Due, profile_id: int, unit: bytes, now: dt.datetime) -> Outgoing:
    return Outgoing(
        key=message_key(campaign.id, profile_id),
        profile_id=profile_id,
        unit=unit,
        template_id=campaign.template_id,
        channel=campaign.channel,
        marketing=True,
        due=now,
        campaign_id=campaign.id,
    )


def message_key(campaign_id: int, profile_id: int) -> str:
    """A campaign writes to a shopper once, however often it is tried."""
    return f"campaign:{campaign_id}:{profile_id}"
