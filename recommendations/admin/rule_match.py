"""Which items of the catalogue a rule matches, asked of the database: for the preview beside the form.

The same meaning as `rules.matching`, which works on columns in memory while answering.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from catalog.models import Item

SEPARATOR = " > "


def matching(match: dict[str, Any]) -> QuerySet[Item]:
    """All given conditions hold; without any condition, nothing."""
    if not match:
        return Item.objects.none()
    items = Item.objects.all()
    if match.get("item_ids"):
        items = items.filter(external_id__in=match["item_ids"])
    if match.get("categories"):
        under = Q()
        for category in match["categories"]:
            under |= Q(category__iexact=category) | Q(category__istartswith=category + SEPARATOR)
        items = items.filter(under)
    if match.get("brands"):
        named = Q()
        for brand in match["brands"]:
            named |= Q(brand__iexact=brand)
        items = items.filter(named)
    if match.get("price_min") is not None:
        items = items.filter(price__gte=match["price_min"])
    if match.get("price_max") is not None:
        items = items.filter(price__lte=match["price_max"])
    return items


def described(match: dict[str, Any]) -> str:
    """The conditions as a phrase: "Organic · Produce or Dairy · 2 to 5"."""
    parts = []
    if match.get("item_ids"):
        count = len(match["item_ids"])
        parts.append("one item" if count == 1 else f"{count} items")
    for name in ("categories", "brands"):
        if match.get(name):
            parts.append(" or ".join(value.replace(SEPARATOR, " › ") for value in match[name]))
    low, high = match.get("price_min"), match.get("price_max")
    if low is not None and high is not None:
        parts.append(f"{low:g} to {high:g}")
    elif low is not None:
        parts.append(f"from {low:g}")
    elif high is not None:
        parts.append(f"up to {high:g}")
    return " · ".join(parts)
