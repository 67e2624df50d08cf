"""A rule's conditions in words, for lists."""

from __future__ import annotations

from typing import Any

from ..rules.matching import PATH_SEPARATOR


def described(match: dict[str, Any]) -> str:
    """The conditions as a phrase: "Organic · Produce or Dairy · 2 to 5"."""
    parts = []
    if match.get("item_ids"):
        count = len(match["item_ids"])
        parts.append("one item" if count == 1 else f"{count} items")
    for name in ("categories", "brands"):
        if match.get(name):
            parts.append(" or ".join(value.replace(PATH_SEPARATOR, " › ") for value in match[name]))
    low, high = match.get("price_min"), match.get("price_max")
    if low is not None and high is not None:
        parts.append(f"{low:g} to {high:g}")
    elif low is not None:
        parts.append(f"from {low:g}")
    elif high is not None:
        parts.append(f"up to {high:g}")
    return " · ".join(parts)
