"""Suggestions while somebody types the name of an item, a category or a brand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.contrib.postgres.search import SearchQuery, SearchVector

from .models import Item

SHOWN = 12
_COLUMNS = {"category": "category", "brand": "brand"}


def suggest(kind: str, text: str, known: Sequence[str] = ()) -> list[dict[str, str]]:
    """[{value, label, hint}] for `kind` item, category or brand; `known`: ids of items whose titles are wanted."""
    if kind == "item":
        return _items(text, known)
    column = _COLUMNS.get(kind)
    if column is None or not text:
        return []
    names = (
        Item.objects.filter(**{f"{column}__icontains": text})
        .order_by(column)
        .values_list(column, flat=True)
        .distinct()[:200]
    )
    found = _branches(names, text) if kind == "category" else names[:SHOWN]
    return [{"value": n, "label": n.replace(" > ", " › "), "hint": ""} for n in found]


def _items(text: str, known: Sequence[str]) -> list[dict[str, str]]:
    if known:
        rows = Item.objects.filter(external_id__in=known)
    elif text:
        rows = Item.objects.filter(external_id=text)
        if not rows:
            words = SearchVector("title", "brand", "category", config="english")
            query = SearchQuery(text, config="english", search_type="websearch")
            rows = Item.objects.annotate(words=words).filter(words=query)[:SHOWN]
    else:
        rows = Item.objects.none()
    return [{"value": i.external_id, "label": i.title, "hint": i.brand or i.category} for i in rows]


def _branches(paths: Iterable[str], text: str) -> list[str]:
    """The category paths, and what they lie under, whose last part holds the text; general ones first."""
    found: set[str] = set()
    for name in paths:
        parts = name.split(" > ")
        for depth in range(1, len(parts) + 1):
            if text.casefold() in parts[depth - 1].casefold():
                found.add(" > ".join(parts[:depth]))
    return sorted(found, key=lambda name: (name.count(" > "), name))[:SHOWN]
