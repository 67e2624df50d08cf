"""The computed traits that the demo begins with; their values are made with the segments, from what was bought before."""

from __future__ import annotations

from typing import Any

from profiles.models import ComputedTrait
from profiles.traits.services import TraitForm, create_trait
from tenants.scope import Scope

_BOUGHT = {"source": "act", "act": "bought"}
# key → name, what it is for, definition
TRAITS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "favourite_category": (
        "Favourite category",
        "What they bought most often.",
        {**_BOUGHT, "function": "most_frequent", "property": "category"},
    ),
    "revenue_of_90_days": (
        "Revenue of 90 days",
        "What they spent in three months.",
        {**_BOUGHT, "function": "sum", "property": "value", "days": 90},
    ),
    "brands_bought": (
        "Brands bought",
        "All brands of a year, the latest first.",
        {**_BOUGHT, "function": "unique_list", "property": "brand", "days": 365},
    ),
}


def make_traits(scope: Scope) -> None:
    """Make what is missing; running it twice changes nothing."""
    there = set(ComputedTrait.objects.values_list("key", flat=True))
    for key, (name, description, definition) in TRAITS.items():
        if key not in there:
            create_trait(scope, TraitForm(name, definition, description), actor="system", key=key)
