"""Segments that most shops begin with: offered by the console, and made ready in the demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ready:
    key: str
    name: str
    description: str
    definition: dict[str, Any]


def _all(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "all", "of": list(parts)}


READY = (
    Ready(
        "lapsing-regulars",
        "Lapsing regulars",
        "Ordered often in the last half year, but not in the last three weeks.",
        _all(
            {"type": "act", "act": "ordered", "op": ">=", "value": 6, "days": 180},
            {"type": "act", "act": "ordered", "op": "=", "value": 0, "days": 21},
        ),
    ),
    Ready(
        "big-baskets",
        "Big baskets",
        "Spends 60 or more on an average order.",
        _all(
            {"type": "feature", "feature": "avg_order_value", "op": ">=", "value": 60},
            {"type": "act", "act": "ordered", "op": ">=", "value": 2, "days": 90},
        ),
    ),
    Ready(
        "reachable-by-email",
        "Reachable by e-mail",
        "We know an address and may write to it.",
        _all(
            {"type": "identifier", "kind": "email", "known": True},
            {"type": "consent", "purpose": "marketing", "channel": "email", "granted": True},
        ),
    ),
    Ready(
        "new-shoppers",
        "New shoppers",
        "Seen for the first time in the last two weeks.",
        _all({"type": "seen", "which": "first", "op": "within", "days": 14}),
    ),
    Ready(
        "window-shoppers",
        "Window shoppers",
        "Looked at five or more products in a week and bought nothing in a month.",
        _all(
            {"type": "act", "act": "viewed", "op": ">=", "value": 5, "days": 7},
            {"type": "act", "act": "bought", "op": "=", "value": 0, "days": 30},
        ),
    ),
)


def lovers_of(name: str, *categories: str) -> Ready:
    """Who buys from some categories again and again."""
    return Ready(
        name.lower().replace(" ", "-"),
        name,
        "Bought them at least three times in the last 90 days.",
        _all(
            {"type": "act", "act": "bought", "op": ">=", "value": 3, "days": 90, "categories": [*categories]}
        ),
    )
