"""A shopper at one moment: a history summed up per distinct item, the form that features and sources read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import DAY, rows_of
from .history import CART, PURCHASE, VIEW, ShopperHistory

NEVER = np.float32(999.0)  # days; beyond any horizon that a feature looks at
HALF_LIVES = (10.0, 30.0, 60.0, 180.0)
WINDOWS = (14.0, 31.0, 62.0, 124.0)
# Columns of ``Shopper.sums``; every one adds up over items, so that groups and ablations are plain sums.
SUMS = (
    "days", "days_14", "days_31", "days_62", "days_124", "fade_10", "fade_30", "fade_60", "fade_180",
    "quantity", "value", "gap_squares", "views_1", "views_14", "carts_7", "bought",
)  # fmt: skip
S = {name: index for index, name in enumerate(SUMS)}
# What a look counts beside a purchase where a source folds a shopper in.
VIEW_WEIGHT, CART_WEIGHT = 0.5, 0.8


@dataclass(frozen=True)
class Shopper:
    """D distinct known items, ascending rows. Ages are days before ``now``; NEVER where there is none.

    ``sums`` float32[D, len(SUMS)]: purchase days in all, in windows and faded by half-lives; quantity; value; squared
    gaps; faded views and carts. ``last``/``first``: age of the newest/oldest purchase; ``looked``: of the newest view.
    """

    now: int
    rows: NDArray[np.int32]
    core: NDArray[np.int32]  # number in the artefact's core, -1 outside
    sums: NDArray[np.float32]
    last: NDArray[np.float32]
    first: NDArray[np.float32]
    looked: NDArray[np.float32]
    visit_ages: NDArray[np.float32]
    visit_lines: NDArray[np.float32]  # [D, V] purchase lines of item d on visit v
    visit_other: NDArray[np.float32]  # [V] lines of items that the artefact does not know
    places: NDArray[np.int32]
    place_weights: NDArray[np.float32]  # [D, P]

    @cached_property
    def profile(self) -> NDArray[np.float32]:
        """How much each item says about taste, 0 to 1: purchases of the last year, looks of the last days."""
        sums = self.sums
        mass = (
            sums[:, S["fade_180"]]
            + VIEW_WEIGHT * sums[:, S["views_14"]]
            + CART_WEIGHT * sums[:, S["carts_7"]]
        )
        return 1 - np.exp(-2 * mass)

    @cached_property
    def session(self) -> NDArray[np.float32]:
        """How present each item is in the last day's looks, 0 to 1."""
        return 1 - np.exp(-2 * (self.sums[:, S["views_1"]] + self.sums[:, S["carts_7"]]))

    @cached_property
    def recent(self) -> NDArray[np.float32]:
        """The profile of the last weeks alone, 0 to 1."""
        sums = self.sums
        mass = (
            sums[:, S["fade_30"]] + VIEW_WEIGHT * sums[:, S["views_14"]] + CART_WEIGHT * sums[:, S["carts_7"]]
        )
        return 1 - np.exp(-2 * mass)

    @cached_property
    def faded(self) -> NDArray[np.float32]:
        """Counts that follow the season, of looks too."""
        sums = self.sums
        return np.log1p(
            sums[:, S["fade_180"]] + sums[:, S["fade_60"]] + sums[:, S["views_14"]] + sums[:, S["carts_7"]]
        )

    @cached_property
    def memo(self) -> dict[str, Any]:
        """What sources and features both need of this shopper, computed once an answer."""
        return {}

    @property
    def fresh(self) -> bool:
        """Nothing known yet."""
        return not len(self.rows)

    @classmethod
    def of(
        cls, history: ShopperHistory, now: int, item_pk: NDArray[np.int64], core_of: NDArray[np.int32]
    ) -> Shopper:
        """Sum a history up at a moment; items that ``item_pk`` does not hold count as visits only."""
        row = rows_of(item_pk, history.item_pk)
        age = np.maximum(0, (now - history.at) / DAY).astype(np.float32)
        bought = history.kind == PURCHASE
        order = np.argsort(row, kind="stable")
        order = order[np.searchsorted(row[order], 0) :]
        row_, age_, bought_ = row[order], age[order], bought[order]
        if not len(order):
            return cls._nothing(now, age[bought], history.at[bought])
        new = np.empty(len(order), bool)
        new[0] = True
        np.not_equal(row_[1:], row_[:-1], out=new[1:])
        starts = np.flatnonzero(new)
        slot = np.cumsum(new) - 1
        rows = row_[starts]

        sums = np.zeros((len(order), len(SUMS)), np.float32)
        buys = np.flatnonzero(bought_)
        if len(buys):
            _purchase_sums(sums, buys, slot[buys], age_[buys], history.at[order[buys]])
            sums[buys, S["quantity"]] = history.quantity[order[buys]]
            sums[buys, S["value"]] = history.value[order[buys]]
        if len(buys) < len(order):
            views, carts = history.kind[order] == VIEW, history.kind[order] == CART
            sums[:, S["views_1"]] = views * np.exp2(-age_)
            sums[:, S["views_14"]] = views * np.exp2(-age_ / 14)
            sums[:, S["carts_7"]] = carts * np.exp2(-age_ / 7)
        total = np.add.reduceat(sums, starts, axis=0)
        total[:, S["bought"]] = total[:, S["days"]] > 0
        last = np.minimum.reduceat(np.where(bought_, age_, NEVER), starts)
        first = np.maximum.reduceat(np.where(bought_, age_, np.float32(-1)), starts)
        looked = np.minimum.reduceat(np.where(bought_, NEVER, age_), starts)
        ages, lines, other = _visits(row, bought, history.at, now, rows)
        places, weights = _places(history.place[order], sums[:, S["fade_60"]], slot, len(rows))
        return cls(
            now, rows, core_of[rows], total, last, np.where(first < 0, NEVER, first), looked, ages, lines, other,
            places, weights,
        )  # fmt: skip

    @classmethod
    def _nothing(cls, now: int, age: NDArray[np.float32], at: NDArray[np.int64]) -> Shopper:
        days = np.unique(at // DAY)
        none, nobody = np.empty(0, np.float32), np.empty(0, np.int32)
        ages = np.maximum(0, now / DAY - days - 0.5).astype(np.float32)
        return cls(
            now, nobody, nobody, np.empty((0, len(SUMS)), np.float32), none, none, none, ages,
            np.empty((0, len(days)), np.float32), np.ones(len(days), np.float32), nobody,
            np.empty((0, 0), np.float32),
        )  # fmt: skip


def _purchase_sums(
    sums: NDArray[np.float32], buys: NDArray[np.int64], slot: NDArray[np.int64], age: NDArray[np.float32],
    at: NDArray[np.int64],
) -> None:  # fmt: skip
    """Count an item once a day: a line scanned twice is one purchase."""
    day = at // DAY
    once = np.ones(len(buys), bool)
    same = slot[1:] == slot[:-1]
    once[1:] = ~same | (day[1:] != day[:-1])
    chosen, ages = buys[once], age[once]
    sums[chosen, S["days"]] = 1
    for window in WINDOWS:
        sums[chosen, S[f"days_{window:.0f}"]] = ages < window
    for half_life in HALF_LIVES:
        sums[chosen, S[f"fade_{half_life:.0f}"]] = np.exp2(ages * np.float32(-1 / half_life))
    follows = np.flatnonzero(slot[once][1:] == slot[once][:-1])
    sums[chosen[follows + 1], S["gap_squares"]] = (ages[follows] - ages[follows + 1]) ** 2


def _visits(
    row: NDArray[np.int32],
    bought: NDArray[np.bool_],
    at: NDArray[np.int64],
    now: int,
    rows: NDArray[np.int32],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Shopping days, newest last: their ages, and which item was bought on which of them."""
    day = at[bought] // DAY  # histories are in order of time
    if not len(day):
        return np.empty(0, np.float32), np.zeros((len(rows), 0), np.float32), np.empty(0, np.float32)
    new = np.concatenate([[True], day[1:] != day[:-1]])
    visit = np.cumsum(new) - 1
    days = day[new]
    ages = np.maximum(0, now / DAY - days - 0.5).astype(np.float32)
    known = row[bought] >= 0
    position = np.searchsorted(rows, row[bought][known])
    lines = np.zeros((len(rows), len(days)), np.float32)
    lines[position, visit[known]] = 1
    return ages, lines, np.bincount(visit[~known], minlength=len(days)).astype(np.float32)


def _places(
    place: NDArray[np.int32], weight: NDArray[np.float32], slot: NDArray[np.int64], items: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Stores of a shopper and how much each item was bought there lately."""
    known = np.flatnonzero((place >= 0) & (weight > 0))
    if not len(known):
        return np.empty(0, np.int32), np.empty((items, 0), np.float32)
    places, column = np.unique(place[known], return_inverse=True)
    flat = np.bincount(slot[known] * len(places) + column, weight[known], items * len(places))
    return places.astype(np.int32), flat.reshape(items, len(places)).astype(np.float32)
