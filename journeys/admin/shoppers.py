"""Finding a shopper to try something on: the same exact look-up as the shoppers' list, the latest ones before typing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince

from profiles.admin import people
from profiles.models import Profile

SHOWN = 8


def suggestions(request: HttpRequest, text: str) -> list[dict[str, Any]]:
    """[{"id", "label", "hint"}]: who is known by exactly this text; without a text, who was seen last."""
    if not request.user.has_perm("profiles.view_profile"):  # type: ignore[union-attr]  # staff
        return []
    tenant = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    if text.strip():
        rows = list(Profile.objects.filter(pk__in=people.find(tenant.pk, text))[:SHOWN])
    else:
        rows = list(Profile.objects.order_by("-last_seen_at")[:SHOWN])
    names = people.names(request, [row.pk for row in rows])
    now = timezone.now()
    return [
        {
            "id": str(row.uuid),
            "label": names.get(row.pk, str(row)),
            "hint": f"seen {timesince(row.last_seen_at, now, depth=1)} ago",
        }
        for row in rows
    ]


def chosen(request: HttpRequest, uuid: str) -> Profile | None:
    """The shopper that a page names, for who may see shoppers."""
    if not uuid or not request.user.has_perm("profiles.view_profile"):  # type: ignore[union-attr]  # staff
        return None
    try:
        return Profile.objects.filter(uuid=uuid).first()
    except ValidationError:
        return None
