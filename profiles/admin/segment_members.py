"""Who is in a segment, page by page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from ..models import Profile, Segment, SegmentMember
from ..segments.selectors import sizes
from . import people

SIZES = (25, 50, 100, 200)


def context(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """Newest shoppers first: the order of the key, so that a large segment's page is as quick as a small one's."""
    asked = request.GET.get("per", "")
    per = int(asked) if asked.isdigit() and int(asked) in SIZES else SIZES[0]
    page = request.GET.get("p", "1")
    number = max(1, min(int(page), 400)) if page.isdigit() else 1
    rows = SegmentMember.objects.filter(segment_id=segment.pk).order_by("-profile_id")
    if segment.status != Segment.Status.LIVE:
        rows = rows.none()
    found = list(rows[(number - 1) * per : number * per + 1])
    shown = found[:per]
    profiles = Profile.objects.in_bulk([row.profile_id for row in shown])
    names = people.names(request, profiles)
    return {
        "size": sizes().get(segment.pk, 0) if segment.status == Segment.Status.LIVE else 0,
        "rows": [
            {
                "profile": profiles[row.profile_id],
                "name": names.get(row.profile_id, str(profiles[row.profile_id])),
                "entered_at": row.entered_at,
            }
            for row in shown
            if row.profile_id in profiles
        ],
        "number": number,
        "more": len(found) > per,
        "per": per,
        "sizes": SIZES,
    }
