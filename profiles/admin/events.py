"""Events as they arrive: a page, because the table has no single key that Django's admin could use."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from tenants import vault
from tenants.console import tenant_site
from tenants.crypto import Unreadable, blind_index, unseal

from ..models import Event, EventQueue, Identifier

TYPES = {1: "identify", 2: "track", 3: "page", 4: "screen", 5: "group", 6: "alias"}
PERIODS = {"1": "Last hour", "24": "Last 24 hours", "168": "Last 7 days", "720": "Last 30 days"}
SIZES = (25, 50, 100)


@dataclass(frozen=True)
class Shown:
    """`content` is None for who may not read what people did, or when the person's key has been destroyed."""

    received_at: dt.datetime
    type: str
    name: str
    about: str
    waiting: bool
    profile_id: int | None
    content: str | None


def page(request: HttpRequest) -> HttpResponse:
    """Newest first; filters: type, shopper (exact), period. At most 10,000 are paged through."""
    tenant_id = request.tenant.pk  # type: ignore[attr-defined]  # HostTenantMiddleware
    period = request.GET.get("hours", "24")
    hours = int(period) if period in PERIODS else 24
    kind, who = request.GET.get("type", ""), request.GET.get("who", "").strip()
    size = int(request.GET.get("per", "25")) if request.GET.get("per", "25") in map(str, SIZES) else 25
    rows = Event.objects.filter(received_at__gte=timezone.now() - dt.timedelta(hours=hours))
    if kind.isdigit():
        rows = rows.filter(type=int(kind))
    if who:
        handles = [blind_index(tenant_id, kind_of, who) for kind_of in Identifier.Kind.values]
        rows = rows.filter(handle__in=handles)
    found = Paginator(rows.order_by("-received_at", "-id")[:10_000], size).get_page(request.GET.get("p"))
    request.current_app = tenant_site.name  # type: ignore[attr-defined]
    return TemplateResponse(
        request,
        "console/events.html",
        {
            **tenant_site.each_context(request),
            "crumbs": [("Shoppers", None), ("Events", None)],
            "title": "Events",
            "rows": _shown(tenant_id, list(found)),
            "page": found,
            "types": TYPES.items(),
            "periods": PERIODS.items(),
            "sizes": SIZES,
            "chosen": {"type": kind, "who": who, "hours": str(hours), "per": size},
            "filtered": bool(who or kind),
        },
    )


def _shown(tenant_id: int, events: list[Event]) -> list[Shown]:
    keys = vault.existing_person_keys(tenant_id, [bytes(event.handle) for event in events])
    waiting = set(
        EventQueue.objects.filter(event_id__in=[e.id for e in events]).values_list("event_id", flat=True)
    )
    return [_one(event, keys.get(bytes(event.handle)), event.id in waiting) for event in events]


def _one(event: Event, key: bytes | None, waiting: bool) -> Shown:
    content: dict[str, Any] | None = None
    if key is not None:
        try:
            content = orjson.loads(unseal(key, bytes(event.payload)))
        except (Unreadable, orjson.JSONDecodeError):
            content = None
    body = (content or {}).get("event", content) or {}
    if not isinstance(body, dict):
        body = content or {}
    properties = body.get("properties")
    about = ""
    if isinstance(properties, dict):
        about = ", ".join(
            f"{name.replace('_', ' ')} {value}"
            for name, value in list(properties.items())[:3]
            if isinstance(value, str | int | float)
        )
    return Shown(
        received_at=event.received_at,
        type=TYPES.get(event.type, "unknown"),
        name=str(body.get("event") or body.get("name") or ""),
        about=about,
        waiting=waiting,
        profile_id=event.profile_id,
        content=orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() if content is not None else None,
    )


tenant_site.page("events/", page, name="events", permission="profiles.view_event")
