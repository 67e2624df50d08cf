"""Moments of this room: words of consent, segments entered, profiles that became one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from compliance.models import ConsentRecord

from ..models import Merge, Profile, SegmentMember, SegmentStay
from .entries import Moment

CHANGES = "changes"


def consents(request: HttpRequest, profile: Profile, before: dt.datetime | None, limit: int) -> list[Moment]:
    from ..admin.consents import MAY_SEE, label_of, source_said

    if not _may(request, MAY_SEE):
        return []
    rows = _before(ConsentRecord.objects.filter(profile_id=profile.pk), "at", before)[:limit]
    return [
        Moment(
            row.at,
            CHANGES,
            "handshake",
            f"{label_of(row.purpose, row.channel)}: {'granted' if row.granted else 'refused'}",
            source_said(row.source),
            tone="good" if row.granted else "warn",
        )
        for row in rows
    ]


def segments(request: HttpRequest, profile: Profile, before: dt.datetime | None, limit: int) -> list[Moment]:
    if not _may(request, "profiles.view_segment"):
        return []
    rows = SegmentMember.objects.filter(profile_id=profile.pk, segment__status="live").select_related(
        "segment"
    )
    stays = SegmentStay.objects.filter(profile_id=profile.pk).select_related("segment")
    came = [
        *_before(rows, "entered_at", before)[:limit],
        *_before(stays, "entered_at", before)[:limit],
    ]
    found = [
        *((row.entered_at, "Entered", row.segment) for row in came),
        *((row.left_at, "Left", row.segment) for row in _before(stays, "left_at", before)[:limit]),
    ]
    return [
        Moment(
            at,
            CHANGES,
            "group_work",
            f"{what} {segment.name}",
            url=reverse("admin:profiles_segment_change", args=[segment.pk]),
        )
        for at, what, segment in sorted(found, key=lambda one: one[0], reverse=True)[:limit]
    ]


def merges(request: HttpRequest, profile: Profile, before: dt.datetime | None, limit: int) -> list[Moment]:
    rows = _before(Merge.objects.filter(kept_id=profile.pk), "at", before)[:limit]
    return [
        Moment(row.at, CHANGES, "merge", "Found to be one person", f"with shopper {str(row.gone_uuid)[:8]}")
        for row in rows
    ]


def _before(rows: QuerySet[Any], column: str, before: dt.datetime | None) -> QuerySet[Any]:
    if before is not None:
        rows = rows.filter(**{f"{column}__lt": before})
    return rows.order_by(f"-{column}")


def _may(request: HttpRequest, permission: str) -> bool:
    return bool(request.user.has_perm(permission))  # type: ignore[union-attr]  # staff
