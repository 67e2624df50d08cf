"""Sums of every variant at every look, in one pass over what happened.

Look j holds all that had happened by its time. A unit's total grows with each event, so its square grows by
2·before·step + step²: adding the growths up to a look gives Σy², Σxy and all else without visiting a unit twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..stats import Mean, Moments, Proportion, Ratio
from .read import DAY, Exposed, Floats, Happenings, Integers, Past

Kind = TypeVar("Kind", Mean, Ratio)


@dataclass(frozen=True, slots=True)
class Window:
    """`looks`: ascending moments in microseconds; `days`: how long after its exposure a unit's deeds count."""

    looks: Integers
    days: int
    arms: int

    def place(self, arm: Integers, at: Integers) -> Integers:
        """Cell (arm, first look that has it) of each; beyond the last look comes a column that is dropped."""
        return arm * (len(self.looks) + 1) + np.searchsorted(self.looks, at, side="left")

    def total(self, cells: Integers, weights: Floats | None = None) -> Floats:
        """[arms, looks], growing from look to look."""
        size = self.arms * (len(self.looks) + 1)
        table = np.bincount(cells, weights, minlength=size).reshape(self.arms, -1)
        return np.cumsum(table[:, :-1], axis=1).astype(float)


@dataclass(frozen=True, slots=True)
class Steps:
    """Growth of a unit's numerator (`y`) and denominator (`x`) at a time."""

    row: Integers
    at: Integers
    y: Floats
    x: Floats


def within(exposed: Exposed, found: Happenings, days: int) -> Happenings:
    """Those in the window after their unit's exposure."""
    since = found.at - exposed.at[found.row]
    kept = (since >= 0) & (since < days * DAY)
    return Happenings(found.row[kept], found.at[kept], found.value[kept], found.quantity[kept])


def amounts(found: Happenings, measure: str) -> Floats:
    """What each counts as: "count", "value" or "quantity"; "happened" counts the first of a unit alone."""
    if measure in ("value", "quantity"):
        return found.value if measure == "value" else found.quantity
    counted = np.ones(len(found.row))
    if measure == "happened":
        order = np.lexsort((found.at, found.row))
        again = np.zeros(len(order), bool)
        again[order[1:]] = found.row[order][1:] == found.row[order][:-1]
        counted[again] = 0
    return counted


def covariate(before: Past | None, measure: str, units: int) -> Floats:
    """The metric's own number of each unit before its exposure; 0 for who had no past.

    Lines of one order are one order; what has no order counts by itself.
    """
    if before is None:
        return np.zeros(units)
    if measure in ("value", "quantity"):
        weights = before.value if measure == "value" else before.quantity
        return np.bincount(before.row, weights, minlength=units).astype(float)
    order = np.lexsort((before.order, before.row))
    row, key = before.row[order], before.order[order]
    again = np.zeros(len(row), bool)
    again[1:] = (row[1:] == row[:-1]) & (key[1:] == key[:-1]) & (key[1:] != 0)
    return np.bincount(row[~again], minlength=units).astype(float)


def proportions(exposed: Exposed, found: Happenings, window: Window) -> list[list[Proportion]]:
    """By arm and look."""
    first = amounts(found, "happened") > 0
    row = found.row[first]
    done = window.total(window.place(exposed.arm[row], found.at[first]))
    units = window.total(window.place(exposed.arm, exposed.at))
    return [
        [Proportion(int(n), int(k)) for n, k in zip(*pair, strict=True)]
        for pair in zip(units, done, strict=True)
    ]


def means(exposed: Exposed, steps: Steps, before: Floats, window: Window) -> list[list[Mean]]:
    """By arm and look; `before`: the covariate of each unit."""
    cells = window.place(exposed.arm, exposed.at)
    units, x, xx = (window.total(cells, weights) for weights in (None, before, before**2))
    own = window.place(exposed.arm[steps.row], steps.at)
    so_far = _so_far(steps.row, steps.y)
    y = window.total(own, steps.y)
    yy = window.total(own, 2 * so_far * steps.y + steps.y**2)
    xy = window.total(own, steps.y * before[steps.row])
    return _each(Mean, units, y, yy, x, xx, xy)


def ratios(exposed: Exposed, steps: Steps, window: Window) -> list[list[Ratio]]:
    """By arm and look."""
    units = window.total(window.place(exposed.arm, exposed.at))
    own = window.place(exposed.arm[steps.row], steps.at)
    y0, x0 = _so_far(steps.row, steps.y), _so_far(steps.row, steps.x)
    y, x = window.total(own, steps.y), window.total(own, steps.x)
    yy = window.total(own, 2 * y0 * steps.y + steps.y**2)
    xx = window.total(own, 2 * x0 * steps.x + steps.x**2)
    xy = window.total(own, y0 * steps.x + x0 * steps.y + steps.y * steps.x)
    return _each(Ratio, units, y, yy, x, xx, xy)


def in_order(steps: Steps) -> Steps:
    """By unit, then time."""
    order = np.lexsort((steps.at, steps.row))
    return Steps(steps.row[order], steps.at[order], steps.y[order], steps.x[order])


def _so_far(row: Integers, amount: Floats) -> Floats:
    """The unit's total before each of its steps, which are in order."""
    if not len(row):
        return amount
    running = np.cumsum(amount) - amount
    first = np.r_[True, row[1:] != row[:-1]]
    return running - running[first][np.cumsum(first) - 1]


def _each(kind: type[Kind], *tables: Floats) -> list[list[Kind]]:
    return [
        [kind(Moments.of_sums(int(n), *map(float, sums))) for n, *sums in zip(*rows, strict=True)]
        for rows in zip(*tables, strict=True)
    ]
