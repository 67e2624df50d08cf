"""Items that no catalogue knows: an event named them, and what it called them names the person."""

from __future__ import annotations

from django.db.models import F

from catalog.models import Item
from compliance.matching import Needles
from compliance.registry import Person

from ..models import Interaction


def erase(person: Person) -> int:
    """Delete them, with what was counted of them; how many items."""
    found = _items(person)
    Item.objects.filter(pk__in=found).delete()
    return len(found)


def verify(person: Person) -> int:
    return len(_items(person))


def _items(person: Person) -> set[int]:
    """Those that nobody else viewed or bought: otherwise the name is a product's, by all that can be known."""
    pattern = Needles.of(person).columns("text")
    if not pattern:
        return set()
    made = Item.objects.filter(status=Item.Status.UNLISTED, title=F("external_id"), promotions=None)
    found = set(made.filter(external_id__iregex=pattern).values_list("pk", flat=True))
    if not found:
        return found
    others = Interaction.objects.filter(item_id__in=found).exclude(profile_id__in=person.profile_ids)
    return found - set(others.values_list("item_id", flat=True))
