"""Leanings that fade: weights per category, brand, hour, device and channel, halved every 60 days.

Stored in Profile.features["habits"]: {"as_of": unix seconds, <group>: {name: weight}}. All weights are worth what
they say at `as_of`; an older event adds less, a newer one first ages everything before it. Shares do not depend on
`as_of`, so nothing needs to be aged at reading time.
"""

from __future__ import annotations

from typing import Any

HALF_LIFE_SECONDS = 60 * 86400.0
MOST = 25  # names kept per group

CATEGORIES, BRANDS, DAYPARTS, DEVICES, CHANNELS = "categories", "brands", "dayparts", "devices", "channels"
PRICE, POPULARITY = "price", "popularity"  # {"sum": weighted percentile, "weight": weight}
GROUPS = (CATEGORIES, BRANDS, DAYPARTS, DEVICES, CHANNELS, PRICE, POPULARITY)


def note(features: dict[str, Any], group: str, name: str, at: float, amount: float = 1.0) -> None:
    """Add `amount` to a leaning, as of an event at `at` (unix seconds)."""
    if not name:
        return
    habits = features.setdefault("habits", {"as_of": at})
    amount *= _advance(habits, at)
    weights = habits.setdefault(group, {})
    weights[name] = round(weights.get(name, 0.0) + amount, 5)
    if len(weights) > 2 * MOST:
        habits[group] = dict(sorted(weights.items(), key=lambda pair: -pair[1])[:MOST])


def note_level(
    features: dict[str, Any], group: str, percentile: float, at: float, amount: float = 1.0
) -> None:
    """Add an observation of a level (0 to 1), such as the price percentile of a bought item."""
    note(features, group, "sum", at, amount * percentile)
    note(features, group, "weight", at, amount)


def shares(features: dict[str, Any], group: str, most: int) -> dict[str, float]:
    """The strongest names of a group with their shares of its whole weight, strongest first."""
    weights = features.get("habits", {}).get(group, {})
    whole = sum(weights.values())
    if whole <= 0:
        return {}
    best = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return {name: round(weight / whole, 4) for name, weight in best}


def level(features: dict[str, Any], group: str) -> float | None:
    """The faded mean of a level, 0 to 1."""
    observed = features.get("habits", {}).get(group, {})
    weight = observed.get("weight", 0.0)
    return round(observed.get("sum", 0.0) / weight, 4) if weight > 0 else None


def merge(into: dict[str, Any], other: dict[str, Any]) -> None:
    """Add another profile's leanings; its demographics only where `into` has none."""
    habits = other.get("habits", {})
    for group in GROUPS:
        for name, weight in habits.get(group, {}).items():
            note(into, group, name, habits["as_of"], weight)
    mine = into.get("demographics", {})
    if other.get("demographics"):
        into["demographics"] = {**other["demographics"], **mine}


def _advance(habits: dict[str, Any], at: float) -> float:
    """What one unit of an event at `at` is worth at `as_of`, after `as_of` has moved to `at` if that is later."""
    behind = at - habits["as_of"]
    if behind <= 0:
        return 0.5 ** (-behind / HALF_LIFE_SECONDS)
    # A minute changes a weight by less than what is rounded away.
    if behind > 3600:
        factor = 0.5 ** (behind / HALF_LIFE_SECONDS)
        for group in GROUPS:
            weights = habits.get(group)
            if weights:
                habits[group] = {n: w for n, v in weights.items() if (w := round(v * factor, 5)) > 0}
        habits["as_of"] = at
    return 1.0
