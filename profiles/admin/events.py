"""Events as they arrive: a page, because the table has no single key that Django's admin could use."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from tenants.console import tenant_site
from tenants.console.plots import columns
from tenants.crypto import blind_index

from ..arrivals.outcomes import MEANINGS, NAMES
from ..arrivals.selectors import by_hour
from ..flags import BOT, NOT_COUNTED, REPEATED, STRIPPED, UNPLANNED, VIOLATES
from ..models import Event, Identifier
from .event_rows import TYPES, search, shown
from .people import READ_IDENTITIES

PERIODS = {"1": "Last hour", "24": "Last 24 hours", "168": "Last 7 days", "720": "Last 30 days"}
SIZES = (25, 50, 100)
MARKS = {
    "counted": "Counted",
    "plan": "Not as planned",
    "stripped": "Stripped",
    "bot": "Bots",
    "twice": "Sent twice",
}
_BITS = {"plan": VIOLATES | UNPLANNED, "stripped": STRIPPED, "bot": BOT, "twice": REPEATED}
SENDERS = {"1": "A browser's key", "2": "A server's key"}
CHANNELS = ("web", "app", "email", "sms", "store", "server")
MOST_PAGED, MOST_OPENED = 10_000, 5_000
HOURS = 24
_TONES = (1, 6, 5, 3, 4, 2, 7)


def page(request: HttpRequest) -> HttpResponse:
    """Newest first; the first page looks for newer ones by itself."""
    context = {**_list(request), "live": True}
    request.current_app = tenant_site.name  # type: ignore[attr-defined]
    if request.headers.get("HX-Request"):
        return TemplateResponse(request, "console/events/rows.html", context)
    return TemplateResponse(
        request,
        "console/events/page.html",
        {
            **tenant_site.each_context(request),
            "crumbs": [("Shoppers", None), ("Events", None)],
            "title": "Events",
            **context,
            **_arrivals(request),
            "may_rule": request.user.has_perm("profiles.view_arrivalrules"),  # type: ignore[union-attr]  # staff
        },
    )


def _list(request: HttpRequest) -> dict[str, Any]:
    """Filters: shopper (exact), type, part of a name, channel, key, what was found, period."""
    get, tenant_id = request.GET, request.tenant.pk  # type: ignore[attr-defined]  # HostTenantMiddleware
    hours = get.get("hours", "24") if get.get("hours") in PERIODS else "24"
    size = int(get.get("per", "25")) if get.get("per", "25") in map(str, SIZES) else 25
    name, channel = get.get("name", "").strip(), get.get("channel", "")
    rows = _filtered(request, int(hours), tenant_id).order_by("-received_at", "-id")
    may_read = request.user.has_perm(READ_IDENTITIES)  # type: ignore[union-attr]  # staff
    found = Paginator(rows[:MOST_PAGED], size).get_page(get.get("p"))
    partly = False
    if name or channel:
        result, partly = search(
            tenant_id, rows, name=name, channel=channel, size=size, opened=MOST_OPENED, may_read=may_read
        )
    else:
        result = shown(tenant_id, list(found), may_read=may_read)
    chosen = {key: get.get(key, "") for key in ("type", "who", "name", "channel", "key", "mark")}
    return {
        "rows": result,
        "page": found,
        "paged": not (name or channel),
        "partly": partly,
        "most_opened": MOST_OPENED,
        "types": TYPES.items(),
        "periods": PERIODS.items(),
        "sizes": SIZES,
        "marks": MARKS.items(),
        "senders": SENDERS.items(),
        "channels": CHANNELS,
        "chosen": {**chosen, "hours": hours, "per": size},
        "filtered": any(chosen.values()),
        "first_page": found.number == 1,
        "masked": not may_read,
    }


def _filtered(request: HttpRequest, hours: int, tenant_id: int) -> QuerySet[Event]:
    get = request.GET
    rows = Event.objects.filter(received_at__gte=timezone.now() - dt.timedelta(hours=hours))
    if get.get("type", "").isdigit():
        rows = rows.filter(type=int(get["type"]))
    if get.get("key") in SENDERS:
        rows = rows.filter(key_kind=int(get["key"]))
    if who := get.get("who", "").strip():
        handles = [blind_index(tenant_id, kind_of, who) for kind_of in Identifier.Kind.values]
        rows = rows.filter(handle__in=handles)
    mark = get.get("mark", "")
    if mark in MARKS:
        bits = _BITS.get(mark, NOT_COUNTED)
        rows = rows.annotate(found=F("flags").bitand(bits))
        rows = rows.filter(found=0) if mark == "counted" else rows.filter(found__gt=0)
    return rows


def _arrivals(request: HttpRequest) -> dict[str, Any]:
    """What became of the events of the last 24 hours, as a plot and in numbers."""
    zone = ZoneInfo(request.tenant.time_zone)  # type: ignore[attr-defined]  # HostTenantMiddleware
    last = timezone.now().replace(minute=0, second=0, microsecond=0)
    hours = [last - dt.timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    found = by_hour(hours)
    series = {NAMES[o]: [found.get((hour, o), 0) for hour in hours] for o in NAMES}
    local = [hour.astimezone(zone) for hour in hours]
    tips = [
        f"{at:%a %H:%M %Z} · "
        + " · ".join(f"{name} {values[i]:,}" for name, values in series.items() if values[i])
        for i, at in enumerate(local)
    ]
    totals = [
        (NAMES[o], sum(series[NAMES[o]]), MEANINGS[o], tone) for o, tone in zip(NAMES, _TONES, strict=True)
    ]
    return {
        "plot": columns([f"{at:%H:%M}" for at in local], series, tips=tips, tones=_TONES),
        "totals": totals,
        "arrived": sum(total for _, total, _, _ in totals),
    }


tenant_site.page("events/", page, name="events", permission="profiles.view_event")
