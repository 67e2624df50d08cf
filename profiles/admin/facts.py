"""Features for people: a label, what it means, and its value in words, by group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

GROUPS = {
    "demographics": "Who",
    "behaviour": "Behaviour",
    "preferences": "Preferences",
    "engagement": "Engagement",
    "product": "Products",
    "context": "Context",
}

# Name → group, label, meaning. A feature without an entry is shown under its own name.
KNOWN: dict[str, tuple[str, str, str]] = {
    "age": ("demographics", "Age", "as the merchant sent it"),
    "gender": ("demographics", "Gender", "as the merchant sent it"),
    "location": ("demographics", "Place", "as the merchant sent it"),
    "income": ("demographics", "Income", "as the merchant sent it"),
    "household_size": ("demographics", "Household size", "people in the household"),
    "household_comp": ("demographics", "Household", "who lives together"),
    "kids_count": ("demographics", "Children", "in the household"),
    "page_views_7d": ("behaviour", "Views, 7 days", "items and pages looked at"),
    "page_views_30d": ("behaviour", "Views, 30 days", "items and pages looked at"),
    "carts_7d": ("behaviour", "Put in cart, 7 days", "lines added to a cart"),
    "purchases_30d": ("behaviour", "Bought, 30 days", "lines bought"),
    "purchases_90d": ("behaviour", "Bought, 90 days", "lines bought"),
    "orders": ("behaviour", "Orders", "since the first one"),
    "avg_order_value": ("behaviour", "Usual order", "average value of an order"),
    "days_since_purchase": ("behaviour", "Days since the last order", "moves with every order"),
    "favorite_categories": ("preferences", "Favourite categories", "by what was bought, recent more"),
    "brand_affinity": ("preferences", "Favourite brands", "by what was bought, recent more"),
    "email_open_rate": ("engagement", "E-mails opened", "share of those delivered"),
    "app_usage_frequency": ("engagement", "App use", "days of the last 30"),
    "category": ("product", "Usual category", "most bought"),
    "price_tier": ("product", "Price level", "of what is bought, within its category"),
    "popularity_score": ("product", "Taste for the popular", "1 buys bestsellers only"),
    "time_of_day": ("context", "Time of day", "when most visits happen"),
    "device_type": ("context", "Device", "of the last visit"),
    "channel": ("context", "Channel", "of the last visit"),
}


@dataclass(frozen=True)
class Fact:
    label: str
    meaning: str
    value: str


def grouped(features: dict[str, Any]) -> list[tuple[str, list[Fact]]]:
    """Groups in their order with the facts that have a value; unknown groups come last."""
    found: dict[str, list[Fact]] = {}
    for group, name, value in _flat(features):
        text = said(value)
        if text:
            label, meaning = KNOWN.get(name, ("", name.replace("_", " ").capitalize(), ""))[1:]
            found.setdefault(group, []).append(Fact(label, meaning, text))
    order = [*GROUPS, *(group for group in found if group not in GROUPS)]
    return [(GROUPS.get(group, group.capitalize()), found[group]) for group in order if group in found]


def _flat(features: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for name, value in features.items():
        if name in GROUPS and isinstance(value, dict):
            yield from ((name, inner, v) for inner, v in value.items())
        else:
            yield KNOWN.get(name, ("other",))[0], name, value


def said(value: Any) -> str:
    """A value in words: lists joined, weights left out, numbers short; "" for nothing."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        ranked = sorted(value.items(), key=lambda pair: -pair[1] if isinstance(pair[1], int | float) else 0)
        return ", ".join(_path(str(name)) for name, _ in ranked[:4])
    if isinstance(value, list | tuple):
        return ", ".join(_path(said(v[0] if isinstance(v, list) and v else v)) for v in value[:4])
    return _path(str(value))


def _path(text: str) -> str:
    return text.split(" > ")[-1]
