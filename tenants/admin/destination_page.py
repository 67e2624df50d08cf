"""What the page of one destination shows: how it is, what it gets, what was given up, and the log."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Min, Sum
from django.utils import timezone

from ..connectors.base import Trouble
from ..connectors.links import connector_of
from ..workspace.models import Delivery, Destination, OutboxEntry, StreamProgress

PER_PAGE = 25
MOST_DEAD = 100
History = StreamProgress.History


def state_of(row: Destination) -> tuple[str, str]:
    """(tone, word)."""
    if row.state == Destination.State.REMOVING:
        return "warn", "Being removed"
    if row.state == Destination.State.PAUSED:
        return "", "Paused"
    if row.failing_since:
        return "bad", "Failing"
    if row.error:
        return "warn", "Trying again"
    return "good", "Active"


def counted(rows: Sequence[Destination], now: dt.datetime) -> dict[int, dict[str, Any]]:
    """Of each: rows delivered since midnight (UTC), how many were given up, since when the oldest waits."""
    ids = [row.pk for row in rows]
    midnight = now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found: dict[int, dict[str, Any]] = {pk: {"today": 0, "dead": 0, "waiting": None} for pk in ids}
    of_all = Delivery.objects.filter(destination_id__in=ids)
    for pk, total in (
        of_all.filter(state="sent", sent_at__gte=midnight)
        .values_list("destination_id")
        .annotate(total=Sum("rows"))
        .order_by()
    ):
        found[pk]["today"] = total or 0
    for pk, count in (
        of_all.filter(state="dead").values_list("destination_id").annotate(n=Count("id")).order_by()
    ):
        found[pk]["dead"] = count
    for pk, oldest in _oldest(of_all.filter(state="waiting", history=False)):
        found[pk]["waiting"] = oldest
    for pk, oldest in _oldest(OutboxEntry.objects.filter(destination_id__in=ids)):
        found[pk]["waiting"] = min(filter(None, (oldest, found[pk]["waiting"])))
    return found


def _oldest(rows: Any) -> Any:
    return rows.values_list("destination_id").annotate(oldest=Min("created_at")).order_by()


def context(row: Destination, page: str | None) -> dict[str, Any]:
    now = timezone.now()
    tone, word = state_of(row)
    dead = Delivery.objects.filter(destination=row, state=Delivery.State.DEAD)
    streams = _streams(row)
    return {
        "destination": row,
        "tone": tone,
        "word": word,
        "kind": _kind(row),
        "place": _place(row),
        "figures": counted([row], now)[row.pk],
        "streams": streams,
        "history_runs": any(one["history"] in (History.WANTED, History.RUNNING) for one in streams),
        "history_open": any(one["history"] == History.NONE for one in streams),
        "dead": _named(
            dead.defer("ids", "moments").prefetch_related("tries").order_by("-created_at")[:MOST_DEAD],
            row,
            streams,
        ),
        "dead_count": dead.count(),
        "log": _log(row, streams, page),
    }


def _kind(row: Destination) -> str:
    try:
        return connector_of(row).label
    except Trouble as trouble:
        return str(trouble)


def _place(row: Destination) -> str:
    try:
        return connector_of(row).place(row.config)
    except Trouble:
        return ""


def _streams(row: Destination) -> list[dict[str, Any]]:
    """What it gets, with totals and how far history is."""
    try:
        connector = connector_of(row)
        known, there = {one.name: one.label for one in connector.streams()}, connector.holds(row.pk)
    except Trouble:
        known, there = {}, {}
    totals = {
        stream: (rows, left_out, last)
        for stream, rows, left_out, last in Delivery.objects.filter(destination=row, state="sent")
        .values_list("stream")
        .annotate(rows=Sum("rows"), left_out=Sum("left_out"), last=Max("sent_at"))
        .order_by()
    }
    progress = {one.stream: one for one in StreamProgress.objects.filter(destination=row)}
    return [
        {
            "name": name,
            "label": known.get(name, name),
            "rows": there.get(name, 0) if there else totals.get(name, (0, 0, None))[0],
            "left_out": totals.get(name, (0, 0, None))[1],
            "last": totals.get(name, (0, 0, None))[2],
            "history": progress[name].history if name in progress else "",
            "share": _share(progress.get(name)),
        }
        for name in row.streams
    ]


def _share(progress: StreamProgress | None) -> float:
    """Per cent of the history that was sealed into deliveries."""
    if progress is None or progress.history not in (History.RUNNING, History.DONE):
        return 0.0
    if progress.history == History.DONE or not progress.history_end:
        return 100.0
    start = progress.history_start
    span = max(progress.history_end - start, 1)
    return round(min(100.0, 100.0 * max(progress.history_position - start, 0) / span), 1)


def _log(row: Destination, streams: list[dict[str, Any]], page: str | None) -> Page[Any]:
    # Days without a row are written again and again where rows may still come: nobody wants to read of it.
    rows = (
        Delivery.objects.filter(destination=row)
        .exclude(state=Delivery.State.SENT, rows=0, left_out=0)
        .defer("ids", "moments")
        .order_by("-created_at", "-id")
    )
    found = Paginator(rows, PER_PAGE).get_page(page)
    _named(found.object_list, row, streams)
    return found


def _named(rows: Any, row: Destination, streams: list[dict[str, Any]]) -> list[Delivery]:
    labels = {one["name"]: one["label"] for one in streams}
    with contextlib.suppress(Trouble):  # not installed any more
        labels |= connector_of(row).others
    found = list(rows)
    for one in found:
        one.label = labels.get(one.stream, one.stream)
        one.day = one.portion.get("day", "")
    return found
