"""Leanings that fade: weights per category, brand, hour, device and channel, halved every 60 days.

Stored in Profile.features["habits"]: {"as_of": unix seconds, <group>: {name: weight}}. All weights are worth what they
say at `as_of`, the end of the half-life in which the latest event lies. So an event's weight depends on when it
happened and never on when it came (forward decay: Cormode, Shkapenyuk, Srivastava, Xu, ICDE 2009, section 3), and moving
`as_of` halves weights exactly. Shares do not depend on `as_of`: nothing is aged at reading time.
"""

from __future__ import annotations

from math import ceil
from typing import Any

HALF_LIFE_SECONDS = 60 * 86400
MOST = 50  # names kept per group; twice as many before the weakest go
_DECIMALS = 7

CATEGORIES, BRANDS, DAYPARTS, DEVICES, CHANNELS = "categories", "brands", "dayparts", "devices", "channels"
PRICE, POPULARITY = "price", "popularity"  # {"sum": weighted percentile, "weight": weight}
REST = ""  # the weight of the names that went
GROUPS = (CATEGORIES, BRANDS, DAYPARTS, DEVICES, CHANNELS, PRICE, POPULARITY)


def epoch(at: float) -> int:
    """The end of the half-life in which `at` (unix seconds) lies."""
    return ceil(at / HALF_LIFE_SECONDS) * HALF_LIFE_SECONDS


def note(features: dict[str, Any], group: str, name: str, at: float, amount: float = 1.0) -> None:
    """Add `amount` to a leaning, as of an event at `at` (unix seconds)."""
    if not name:
        return
    habits = features.get("habits")
    if habits is None:
        habits = features["habits"] = {"as_of": epoch(at)}
    elif at > habits["as_of"]:
        _advance(habits, epoch(at))
    _add(habits, group, name, amount * 2.0 ** ((at - habits["as_of"]) / HALF_LIFE_SECONDS))


def note_level(
    features: dict[str, Any], group: str, percentile: float, at: float, amount: float = 1.0
) -> None:
    """Add an observation of a level (0 to 1), such as the price percentile of a bought item."""
    note(features, group, "sum", at, amount * percentile)
    note(features, group, "weight", at, amount)


def strongest(weights: dict[str, float], most: int = MOST) -> dict[str, float]:
    """The strongest names, strongest first; equal ones by name."""
    named = ((name, weight) for name, weight in weights.items() if name != REST)
    return dict(sorted(named, key=lambda pair: (-pair[1], pair[0]))[:most])


def kept(weights: dict[str, float]) -> dict[str, float]:
    """The strongest names and what all others weigh together, so that shares stay true."""
    best = strongest(weights)
    rest = round(sum(weights.values()) - sum(best.values()), _DECIMALS)
    return {**best, REST: rest} if rest > 0 else best


def shares(features: dict[str, Any], group: str, most: int) -> dict[str, float]:
    """The strongest names of a group with their shares of its whole weight, strongest first."""
    weights = features.get("habits", {}).get(group, {})
    whole = sum(weights.values())
    if whole <= 0:
        return {}
    return {name: round(weight / whole, 4) for name, weight in strongest(weights, most).items()}


def level(features: dict[str, Any], group: str) -> float | None:
    """The faded mean of a level, 0 to 1."""
    observed = features.get("habits", {}).get(group, {})
    weight = observed.get("weight", 0.0)
    return round(observed.get("sum", 0.0) / weight, 4) if weight > 0 else None


def merge(into: dict[str, Any], other: dict[str, Any]) -> None:
    """Add another profile's leanings."""
    theirs = other.get("habits")
    if not theirs:
        return
    mine = into.setdefault("habits", {"as_of": theirs["as_of"]})
    if theirs["as_of"] > mine["as_of"]:
        _advance(mine, theirs["as_of"])
    factor = 2.0 ** ((theirs["as_of"] - mine["as_of"]) / HALF_LIFE_SECONDS)
    for group in GROUPS:
        for name, weight in theirs.get(group, {}).items():
            _add(mine, group, name, weight * factor)


def _add(habits: dict[str, Any], group: str, name: str, weight: float) -> None:
    weights = habits.setdefault(group, {})
    weights[name] = round(weights.get(name, 0.0) + weight, _DECIMALS)
    if len(weights) > 2 * MOST:
        habits[group] = kept(weights)


def _advance(habits: dict[str, Any], as_of: int) -> None:
    """Say every weight as of a later end of a half-life."""
    factor = 2.0 ** ((habits["as_of"] - as_of) / HALF_LIFE_SECONDS)
    for group in GROUPS:
        weights = habits.get(group)
        if weights:
            habits[group] = {n: w for n, v in weights.items() if (w := round(v * factor, _DECIMALS)) > 0}
    habits["as_of"] = as_of
