"""What this room adds to the page of a shopper."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from catalog.models import Item
from profiles.models import Profile

from ..models import Decision

SHOWN = 6


def recent_decisions(request: HttpRequest, profile: Profile) -> dict[str, Any] | None:
    """The last answers given to the shopper; None for who may not see decisions."""
    if not request.user.has_perm("recommendations.view_decision"):  # type: ignore[union-attr]  # staff
        return None
    decisions = list(Decision.objects.filter(profile_id=profile.pk).order_by("-at")[:SHOWN])
    first = {d.pk: str((d.trace.get("items") or [{}])[0].get("item_id", "")) for d in decisions}
    titles = dict(Item.objects.filter(external_id__in=first.values()).values_list("external_id", "title"))
    rows = [{"decision": d, "first": titles.get(first[d.pk], first[d.pk])} for d in decisions]
    return {"template": "console/parts/recent_decisions.html", "column": "did", "rows": rows}
