"""Who would get a campaign if it began now, in numbers: what its author reviews before starting it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.db import connection, transaction
from psycopg import Cursor, errors

from experiments.assignment import BUCKETS, bucket
from profiles.days import calendar_of
from profiles.segments.compiler import compile_many, these
from profiles.segments.conditions.consent import ConsentCondition
from profiles.segments.conditions.identifier import IdentifierCondition
from profiles.segments.definition import Node
from profiles.segments.moments import today

from ..models import Campaign

# Larger audiences are estimated from so many of their members.
ASKED = 20_000
_LIMIT_MS = 4_000
_KINDS: dict[str, Literal["email", "phone"]] = {"email": "email", "sms": "phone"}


@dataclass(frozen=True)
class Audience:
    """Shoppers of the segment now. `no_consent` and `no_address` (of those who agreed) would be skipped, `held_out` get
    nothing on purpose, `reached` is the rest. When not `exact`, estimated from a sample."""

    size: int
    no_consent: int
    no_address: int
    held_out: int
    reached: int
    exact: bool


def audience_of(schema: str, campaign: Campaign) -> Audience | None:
    """None when it can't be counted while one waits. Suppressed addresses, caps and quiet hours are asked when sending."""
    connection.ensure_connection()
    with transaction.atomic(), Cursor(connection.connection) as cursor:
        size = _size(cursor, schema, campaign.segment_id)
        asked = _asked(cursor, schema, campaign.segment_id, size)
        try:
            with transaction.atomic():
                cursor.execute(f"SET LOCAL statement_timeout = {_LIMIT_MS}")
                rows = judged(cursor, schema, campaign.template.channel, [profile for profile, _ in asked])
                cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
        except errors.QueryCanceled:
            return None
    consent = {profile: yes for profile, yes, _ in rows}
    address = {profile: yes for profile, _, yes in rows}
    salt, limit = f"campaign:{campaign.pk}", campaign.holdout * BUCKETS // 100
    held = {profile for profile, unit in asked if limit and bucket(salt, unit) < limit}
    open_to = [profile for profile, _ in asked if profile not in held]
    share = size / len(asked) if asked else 1.0
    no_consent = sum(not consent.get(profile, False) for profile in open_to)
    no_address = sum(consent.get(profile, False) and not address.get(profile, False) for profile in open_to)
    reached = len(open_to) - no_consent - no_address
    return Audience(
        size,
        round(no_consent * share),
        round(no_address * share),
        round(len(held) * share),
        round(reached * share),
        exact=len(asked) == size,
    )


def _size(cursor: Cursor, schema: str, segment_id: int) -> int:
    row = cursor.execute(
        f'SELECT count(*) FROM "{schema}".profiles_segmentmember WHERE segment_id = %s', [segment_id]
    ).fetchone()
    return int(row[0]) if row else 0


def _asked(cursor: Cursor, schema: str, segment_id: int, size: int) -> list[tuple[int, bytes]]:
    """(profile, unit) of all members, or of a part drawn by their number's hash: the same part each time."""
    drawn = ""
    if size > ASKED:
        drawn = f"AND hashint8(m.profile_id) & 1023 < {max(1, round(1024 * ASKED / size))}"
    rows = cursor.execute(
        f"""SELECT p.id, p.unit FROM "{schema}".profiles_segmentmember m
            JOIN "{schema}".profiles_profile p ON p.id = m.profile_id WHERE m.segment_id = %s {drawn}""",
        [segment_id],
    ).fetchall()
    return [(profile, bytes(unit)) for profile, unit in rows]


def judged(cursor: Cursor, schema: str, channel: str, ids: list[int]) -> list[tuple[int, bool, bool]]:
    """(profile, agreed, has an address). A way that needs no address always has one."""
    consent = ConsentCondition(purpose="marketing", channel=channel)  # type: ignore[arg-type]
    nodes: dict[str, Node] = {
        "consent": consent,
        "address": IdentifierCondition(kind=_KINDS.get(channel, "email")),
    }  # type: ignore[arg-type]
    compiled = compile_many(schema, nodes, {}, these(ids), today(calendar_of(schema)))
    address = compiled["address"].sql if channel in _KINDS else "true"
    rows = cursor.execute(
        f"""SELECT p.id, {compiled["consent"].sql}, {address} FROM "{schema}".profiles_profile p
            WHERE p.id = ANY(%(ids)s::bigint[])""",  # type: ignore[arg-type]
        compiled["consent"].params,
    ).fetchall()
    return [(profile, agreed, reachable) for profile, agreed, reachable in rows]
