"""Reading segments: who is in which, who is in one, how many a definition would hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from ..traits.measure import parse as parse_measure
from ..traits.models import ComputedTrait
from .build import Facts, Known, KnownTrait
from .models import Segment, SegmentDay, SegmentStay, SegmentTally
from .preview import Preview, TooSlow, preview

__all__ = ["Preview", "TooSlow", "preview"]


def segments_of(schema: str, profile_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Ids of the live segments of each shopper; everybody asked about is in the answer. One query."""
    ids = list(profile_ids)
    found: dict[int, set[int]] = {profile_id: set() for profile_id in ids}
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT m.profile_id, m.segment_id FROM "{schema}".profiles_segmentmember m
                JOIN "{schema}".profiles_segment s ON s.id = m.segment_id AND s.status = 'live'
                WHERE m.profile_id = ANY(%s::bigint[])""",
            [ids],
        )
        for profile_id, segment_id in cursor.fetchall():
            found[profile_id].add(segment_id)
    return {profile_id: frozenset(segments) for profile_id, segments in found.items()}


def members(schema: str, segment_id: int, after_profile_id: int = 0, limit: int = 1000) -> list[int]:
    """Profile ids of a live segment's members in ascending order, those above `after_profile_id`."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT m.profile_id FROM "{schema}".profiles_segmentmember m
                WHERE m.segment_id = %s AND m.profile_id > %s
                    AND EXISTS (SELECT 1 FROM "{schema}".profiles_segment WHERE id = %s AND status = 'live')
                ORDER BY m.profile_id LIMIT %s""",
            [segment_id, after_profile_id, segment_id, limit],
        )
        return [row[0] for row in cursor.fetchall()]


@dataclass(frozen=True)
class Membership:
    id: int
    key: str
    name: str
    entered_at: dt.datetime


def memberships(schema: str, profile_id: int) -> list[Membership]:
    """The live segments of one shopper with the time of entering, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT s.id, s.key, s.name, m.entered_at FROM "{schema}".profiles_segmentmember m
                JOIN "{schema}".profiles_segment s ON s.id = m.segment_id AND s.status = 'live'
                WHERE m.profile_id = %s ORDER BY s.name""",
            [profile_id],
        )
        return [Membership(*row) for row in cursor.fetchall()]


def facts(itself: str = "", currency: str = "") -> Facts:
    """What a definition of the connection's tenant is checked against."""
    rows = Segment.objects.values_list("key", "id", "name", "status", "definition")
    traits = ComputedTrait.objects.filter(status=ComputedTrait.Status.LIVE)
    return Facts(
        {key: Known(*rest) for key, *rest in rows},
        itself,
        currency,
        {t.key: KnownTrait(t.name, parse_measure(t.definition)) for t in traits},
    )


def documents() -> dict[str, Any]:
    """Definitions of all segments of the connection's tenant by key."""
    return dict(Segment.objects.values_list("key", "definition"))


def sizes() -> dict[int, int]:
    """Members of each segment now, changes that are not folded yet included."""
    found = dict(Segment.objects.values_list("id", "members"))
    for segment_id, change in SegmentTally.objects.values_list("segment_id", "change"):
        if segment_id in found:
            found[segment_id] += change
    return {segment: max(0, size) for segment, size in found.items()}


@dataclass(frozen=True)
class Day:
    """A day (UTC) of a segment: how many were in it at its end, came and left on it."""

    day: dt.date
    members: int
    entered: int
    left: int


def daily_sizes(segment_id: int, days: int = 60) -> list[Day]:
    """The segment's last `days` days, oldest first, from its first one; a day on which nothing was noted is as the one
    before."""
    rows = list(SegmentDay.objects.filter(segment_id=segment_id).order_by("-day")[:days])[::-1]
    today = dt.datetime.now(dt.UTC).date()
    found: list[Day] = []
    known = {row.day: row for row in rows}
    first = max(rows[0].day, today - dt.timedelta(days=days - 1)) if rows else today + dt.timedelta(days=1)
    members = next((row.members for row in reversed(rows) if row.day < first), 0)
    for number in range((today - first).days + 1):
        day = first + dt.timedelta(days=number)
        row = known.get(day)
        members = row.members if row else members
        found.append(Day(day, members, row.entered if row else 0, row.left if row else 0))
    return found


def stays(profile_id: int, before: dt.datetime | None = None, limit: int = 50) -> list[SegmentStay]:
    """Stays of a shopper that have ended, the latest end first."""
    found = SegmentStay.objects.filter(profile_id=profile_id).select_related("segment")
    if before is not None:
        found = found.filter(left_at__lt=before)
    return list(found.order_by("-left_at")[:limit])
