"""Reading rules, and what they match."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from catalog.models import Item
from catalog.selectors import under_category

from ..models import Rule
from .forms import as_money
from .matching import CONDITIONS


def rules() -> QuerySet[Rule]:
    return Rule.objects.select_related("placement").order_by("pk")


def matching_items(match: Mapping[str, Any]) -> QuerySet[Item]:
    """Items on offer that the conditions hold for: the preview of a rule; the same rows as `matching.matched`."""
    items = Item.objects.filter(status=Item.Status.ACTIVE)
    if not any(match.get(name) not in (None, []) for name in CONDITIONS):
        return items.none()
    if match.get("item_ids"):
        items = items.filter(external_id__in=match["item_ids"])
    if match.get("categories"):
        items = items.filter(reduce(or_, (under_category(path) for path in match["categories"]), Q()))
    if match.get("brands"):
        items = items.annotate(brand_upper=Upper("brand")).filter(
            brand_upper__in=[brand.upper() for brand in match["brands"]]
        )
    if match.get("price_min") is not None:
        items = items.filter(price__gte=as_money(match["price_min"]))
    if match.get("price_max") is not None:
        items = items.filter(price__lte=as_money(match["price_max"]))
    return items
