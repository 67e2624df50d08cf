"""Who came into a segment and who left it: counts per day, and the shoppers of one day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest

from tenants.console.plots import columns

from ..models import Profile, Segment, SegmentMember, SegmentStay
from ..segments.forgetting import KEEP_DAYS
from ..segments.selectors import daily_sizes
from . import people

PER_PAGE = 30
PLOTTED = 60
SHOPPERS = 50


def context(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """The days, the latest first; with ?day= the shoppers who came and left on it."""
    days = daily_sizes(segment.pk, KEEP_DAYS)
    day = _day(request.GET.get("day", ""))
    page = request.GET.get("p", "1")
    number = max(1, min(int(page), 10_000)) if page.isdigit() and len(page) < 6 else 1
    if day is not None:
        return {"day": day, "number": number, **_of_day(request, segment, day, number)}
    shown = days[::-1][(number - 1) * PER_PAGE : number * PER_PAGE]
    labels = [f"{one.day.day} {one.day:%b}" for one in days[-PLOTTED:]]
    series = {"Came": [one.entered for one in days[-PLOTTED:]], "Left": [one.left for one in days[-PLOTTED:]]}
    return {
        "days": shown,
        "number": number,
        "more": len(days) > number * PER_PAGE,
        "plot": columns(labels, series) if len(days) > 1 else None,
        "plot_days": len(labels),
        "keep_days": KEEP_DAYS,
    }


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _of_day(request: HttpRequest, segment: Segment, day: dt.date, number: int) -> dict[str, Any]:
    """Moves of one day, the latest first. Who came and left and came again stands there each time."""
    try:
        start = dt.datetime.combine(day, dt.time(), dt.UTC)
        within = (start, start + dt.timedelta(days=1) - dt.timedelta(microseconds=1))
    except OverflowError:
        return {"moves": [], "more": False}
    until = number * SHOPPERS + 1
    came = SegmentMember.objects.filter(segment_id=segment.pk, entered_at__range=within)
    ended = SegmentStay.objects.filter(segment_id=segment.pk, left_at__gte=start)
    moves = [
        *((at, pk, True) for pk, at in came.order_by("-entered_at").values_list("profile_id", "entered_at")[:until]),
        *(
            (at, pk, True)
            for pk, at in ended.filter(entered_at__range=within)
            .order_by("-entered_at")
            .values_list("profile_id", "entered_at")[:until]
        ),
        *(
            (at, pk, False)
            for pk, at in ended.filter(left_at__range=within)
            .order_by("-left_at")
            .values_list("profile_id", "left_at")[:until]
        ),
    ]  # fmt: skip
    moves.sort(key=lambda move: (move[0], move[1]), reverse=True)
    shown = moves[(number - 1) * SHOPPERS : number * SHOPPERS]
    profiles = Profile.objects.in_bulk([pk for _, pk, _ in shown])
    names = people.names(request, profiles)
    return {
        "moves": [
            {"at": at, "profile": profiles[pk], "name": names.get(pk, str(profiles[pk])), "came": entered}
            for at, pk, entered in shown
            if pk in profiles
        ],
        "more": len(moves) > number * SHOPPERS,
    }
