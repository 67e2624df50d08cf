"""What a shopper bought or looked at before, the likeliest to be wanted again first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled.reach import best
from ..features import ITEM_STATS, Context
from ..shopper import S, Shopper
from .base import Arrays, Log

GAP = ITEM_STATS.index("item_gap")
REBUY = ITEM_STATS.index("rebuy_31")


class Repurchase:
    """Recency-decayed counts, raised when the personal time between purchases has passed since the last."""

    name = "repurchase"

    def fit(self, log: Log, arrays: Arrays) -> dict[str, np.ndarray]:
        return {}

    def candidates(self, shopper: Shopper, arrays: Arrays, context: Context, limit: int) -> NDArray[np.int32]:
        if shopper.fresh:
            return np.empty(0, np.int32)
        return shopper.rows[best(self.scores(shopper, arrays), limit)]

    def scores(self, shopper: Shopper, arrays: Arrays) -> NDArray[np.float32]:
        """One number for each of the shopper's items: expected purchases soon, times how far it is due."""
        sums, stats = shopper.sums, arrays["item_stats"]
        days = sums[:, S["days"]]
        gap = (shopper.first - shopper.last + 2 * stats[shopper.rows, GAP]) / (np.maximum(days - 1, 0) + 2)
        late = shopper.last / np.maximum(gap, 1)
        bought = sums[:, S["fade_60"]] + 0.15 * sums[:, S["fade_180"]] + 0.3 * stats[shopper.rows, REBUY]
        due = bought * np.exp2(-np.maximum(late - 1, 0) / 2)
        return np.where(days > 0, due, 0) + sums[:, S["views_14"]] + sums[:, S["carts_7"]]
