"""The names and the order of every column that learning computes."""

from __future__ import annotations

import numpy as np

from .promotions import COLUMNS as PROMOTION

NEVER = np.float32(999.0)  # days; beyond any horizon that a feature looks at
HALF_LIVES = (10.0, 30.0, 60.0, 180.0)
WINDOWS = (14.0, 31.0, 62.0, 124.0)
# Columns of ``Shopper.sums``; every one adds up over items, so that groups and ablations are plain sums.
SUMS = (
    "days", "days_14", "days_31", "days_62", "days_124", "fade_10", "fade_30", "fade_60", "fade_180",
    "quantity", "value", "gap_squares", "views_1", "views_14", "carts_7", "bought",
)  # fmt: skip
S = {name: index for index, name in enumerate(SUMS)}
# Rows of ``Shopper.weights``: what each known item says about taste, always, lately, in this session, in this season.
WEIGHTS = ("profile", "recent", "session", "faded")
# What a look counts beside a purchase where a source folds a shopper in.
VIEW_WEIGHT, CART_WEIGHT = 0.5, 0.8

# Of an item, from the shop's log and its promotion calendar: the columns of the artefact's ``item_stats``.
ITEM_STATS = (
    "pop_14", "pop_31", "pop_93", "trend", "first_31", "first_93", "repeat_rate", "rebuy_31", "item_gap",
    "log_price", "item_age", "item_idle", "group_share", "category_pop", "category_trend", "looks_7", "pop_7",
    *PROMOTION,
)  # fmt: skip
# What "popular" means when an explanation takes it away.
POPULARITY = (
    "pop_14", "pop_31", "pop_93", "trend", "first_31", "first_93", "group_share", "category_pop", "category_trend", "looks_7", "pop_7",
    "place_31", "place_first", "place_idle",
)  # fmt: skip
# Of the shopper with the item itself.
OWN = (
    "days", "days_14", "days_31", "days_62", "days_124", "fade_10", "fade_30", "fade_60", "fade_180",
    "quantity", "views_1", "views_14", "carts_7",
)  # fmt: skip
# Of the shopper with everything that shares the item's category, line (category and brand), and so on.
GROUPS = {
    "category": ("days", "days_31", "days_62", "fade_10", "fade_30", "fade_60", "fade_180", "views_14", "bought"),
    "line": ("days", "days_31", "fade_60", "fade_180"),
    "group": ("days_31", "fade_60", "fade_180", "views_14", "bought"),
    "brand": ("fade_60", "fade_180", "views_14"),
    "department": ("fade_60", "views_14"),
}  # fmt: skip
FEATURES: tuple[str, ...] = (
    *(f"own_{name}" for name in OWN),
    "own_rate_30", "own_rate_60", "own_rate_180", "own_rate_since", "own_visits_since", "category_rate_60",
    "own_last", "own_first", "own_gap", "own_gap_spread", "own_due", "own_expected", "own_share", "own_looked",
    *(f"{group}_{name}" for group, names in GROUPS.items() for name in names),
    "category_last", "category_gap", "category_due", "category_variety", "line_last", "line_due", "group_last",
    "price_step",
    "visits", "visits_31", "visit_last", "visit_gap", "visit_due", "lines", "novelty_31", "mean_price",
    *ITEM_STATS,
    "place_31", "place_first", "place_idle",
    "ease", "ease_recent", "together", "together_recent", "together_now", "content", "content_now", "hybrid", "factors",
)  # fmt: skip
INDEX = {name: index for index, name in enumerate(FEATURES)}
