"""Quantiles and medians of measured values."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

__all__ = ["median", "quantile"]


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all are not above (nearest rank); ValueError when there are none."""
    if not values:
        raise ValueError("no values, no quantile")
    ordered = sorted(values)
    rank = -(-len(ordered) * share // 1)  # rounded up
    return ordered[min(len(ordered), max(1, int(rank))) - 1]
