"""The one function that turns a shopper and candidate items into numbers, in training and in serving alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .shopper import NEVER, S, Shopper

Floats = NDArray[np.float32]

# Of an item, from the shop's log: the columns of the artefact's ``item_stats``.
ITEM_STATS = (
    "pop_14", "pop_31", "pop_93", "trend", "first_31", "first_93", "repeat_rate", "rebuy_31", "item_gap",
    "log_price", "item_age", "item_idle", "group_share", "category_pop", "category_trend", "looks_7", "pop_7",
)  # fmt: skip
# What "popular" means when an explanation takes it away.
POPULARITY = (
    "pop_14", "pop_31", "pop_93", "trend", "first_31", "first_93", "group_share", "category_pop", "category_trend", "looks_7", "pop_7",
    "place_31", "place_first", "place_idle",
)  # fmt: skip
OWN = (
    "days", "days_14", "days_31", "days_62", "days_124", "fade_10", "fade_30", "fade_60", "fade_180",
    "quantity", "views_1", "views_14", "carts_7",
)  # fmt: skip
GROUPS = {
    "category": (
        "days",
        "days_31",
        "days_62",
        "fade_10",
        "fade_30",
        "fade_60",
        "fade_180",
        "views_14",
        "bought",
    ),
    "line": ("days", "days_31", "fade_60", "fade_180"),
    "group": ("days_31", "fade_60", "fade_180", "views_14", "bought"),
    "brand": ("fade_60", "fade_180", "views_14"),
    "department": ("fade_60", "views_14"),
}
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


@dataclass(frozen=True)
class Context:
    """Where and how an answer is asked for. ``place``: the store, -1 to use the shopper's own."""

    place: int = -1
    channel: str = ""


def features(
    shopper: Shopper,
    rows: NDArray[np.int32],
    arrays: Mapping[str, np.ndarray],
    context: Context,
    keep: NDArray[np.bool_] | None = None,
) -> Floats:
    """Numbers of R candidates for one shopper: float32 [R, len(FEATURES)].

    ``rows``: catalogue rows. ``keep`` [R, D], when given, says which of the shopper's items each line may know of:
    line r is what the function would give for a history without the others. Explanations rest on that equality.
    """
    out = np.zeros((len(FEATURES), len(rows)), np.float32)
    core = arrays["core_of"][rows]
    view = _View(shopper, rows, core, arrays, keep)
    _own(out, view)
    _groups(out, view)
    _habits(out, view)
    stats = arrays["item_stats"][rows]
    out[INDEX[ITEM_STATS[0]] : INDEX[ITEM_STATS[-1]] + 1] = stats.T
    _due(out)
    _price(out, view)
    _place(out, view, context)
    _sources(out, view)
    return out.T


@dataclass(frozen=True)
class _View:
    """Sums over the shopper's items, for all lines at once or line by line under a mask."""

    shopper: Shopper
    rows: NDArray[np.int32]
    core: NDArray[np.int32]
    arrays: Mapping[str, np.ndarray]
    keep: NDArray[np.bool_] | None

    def own(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Position of each candidate among the shopper's items, and whether it is there (and may be known)."""
        known = self.shopper.rows
        position = np.searchsorted(known, self.rows)
        position[position == len(known)] = 0
        there = known[position] == self.rows
        if self.keep is not None:
            there &= self.keep[np.arange(len(self.rows)), position]
        return position, there

    def total(self, values: Floats) -> NDArray[Any]:
        """Sum over the shopper's items: [S] or, under a mask, [R, S]."""
        return values.sum(0) if self.keep is None else self.without(values.sum(0, dtype=np.float64), values)

    def without(self, whole: NDArray[Any], values: Floats) -> NDArray[np.float64]:
        """[R, S]: the sum over all items less what each line may not know of, which is little.

        In double precision: what is left of a sum that loses nearly everything must be nothing, not noise.
        """
        line, item = self.gone
        answer = np.repeat(whole[None].astype(np.float64), len(self.rows), axis=0)
        np.subtract.at(answer, line, values[item])
        return answer

    @cached_property
    def gone(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Line and position of every item that a line may not know of."""
        if self.keep is None:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        line, item = np.nonzero(~self.keep)
        return line, item

    def by(self, name: str, columns: list[int]) -> tuple[Floats, Floats]:
        """Sums [R, len(columns)] and age of the last purchase [R] over items that share the candidate's group."""
        of_item = self.arrays[name]
        mine, wanted = of_item[self.shopper.rows], of_item[self.rows]
        values = self.shopper.sums[:, columns]
        last = np.full(len(self.rows), NEVER, np.float32)
        if self.keep is not None:
            same = self.keep & (mine == wanted[:, None])
            last = np.where(same, self.shopper.last, NEVER).min(1, initial=NEVER)
            return same.astype(np.float32) @ values, last
        order = np.argsort(mine, kind="stable")
        sorted_ = mine[order]
        starts = np.flatnonzero(np.concatenate([[True], sorted_[1:] != sorted_[:-1]]))
        position = np.searchsorted(sorted_[starts], wanted)
        position[position == len(starts)] = 0
        there = sorted_[starts][position] == wanted
        sums = np.add.reduceat(values[order], starts, axis=0)[position]
        sums[~there] = 0
        last[there] = np.minimum.reduceat(self.shopper.last[order], starts)[position[there]]
        return sums, last

    def sparse(self, name: str, weightings: tuple[str, ...]) -> list[Floats]:
        """Sum of weight × neighbour weight from the shopper's items to each candidate, one [R] per weighting."""
        inside = self.core >= 0
        if self.keep is None:
            totals = [reach(self.shopper, self.arrays, name, weighting) for weighting in weightings]
            return [np.where(inside, total[self.core], 0).astype(np.float32) for total in totals]
        source, target, value = neighbours(self.shopper, self.arrays, name)
        wanted, column = np.unique(self.core, return_inverse=True)
        number = np.full(len(self.arrays["core_rows"]) + 1, -1, np.int32)
        number[wanted] = np.arange(len(wanted))
        number[-1] = -1
        hit = np.flatnonzero(number[target] >= 0)
        matrix = np.zeros((len(self.shopper.rows), len(wanted)), np.float32)
        matrix[source[hit], number[target[hit]]] = value[hit]
        paths = matrix.T[column] * self.keep
        weights = [getattr(self.shopper, weighting) for weighting in weightings]
        return [np.where(inside, paths @ weight, 0).astype(np.float32) for weight in weights]

    def dense(self, name: str, *weights: Floats) -> list[Floats]:
        """Cosine between each candidate's vector and the weighted sum of the shopper's, one [R] per weighting."""
        matrix = self.arrays.get(f"{name}_vectors")
        if matrix is None:
            return [np.zeros(len(self.rows), np.float32) for _ in weights]
        if name == "factors":
            mine, theirs = matrix[self.shopper.core], matrix[self.core]
        else:
            mine, theirs = matrix[self.shopper.rows], matrix[self.rows]
        answers = []
        for weight in weights:
            person = self.total(mine * weight[:, None])
            length = np.sqrt((person * person).sum(-1))
            dot = theirs @ person if self.keep is None else (theirs * person).sum(1)
            answers.append((dot / np.maximum(length, 1e-6)).astype(np.float32))
        return answers


def edges(
    arrays: Mapping[str, np.ndarray], name: str, core: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Neighbour lists of some core items laid end to end: position in ``core``, target core item, weight."""
    start, target, value = arrays[f"{name}_start"], arrays[f"{name}_target"], arrays[f"{name}_value"]
    inside = np.flatnonzero(core >= 0)
    low = start[core[inside]].astype(np.int64)
    length = start[core[inside] + 1] - low
    total = int(length.sum())
    if not total:
        return np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.float32)
    source = np.repeat(inside, length)
    offset = np.arange(total) + np.repeat(low - (np.cumsum(length) - length), length)
    return source, target[offset], value[offset]


def neighbours(
    shopper: Shopper, arrays: Mapping[str, np.ndarray], name: str
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """The neighbour lists (`edges`) of all the shopper's items, read once an answer."""
    if name not in shopper.memo:
        shopper.memo[name] = edges(arrays, name, shopper.core)
    return shopper.memo[name]


def reach(
    shopper: Shopper, arrays: Mapping[str, np.ndarray], name: str, weighting: str
) -> NDArray[np.float64]:
    """How strongly one sparse source points from the shopper's items to every core item: [C + 1], the last 0.

    ``weighting``: "profile", "recent" or "session", the weights of the shopper's items.
    """
    key = f"{name} {weighting}"
    if key not in shopper.memo:
        size = len(arrays["core_rows"]) + 1
        weight = getattr(shopper, weighting)
        if weight.any():
            source, target, value = neighbours(shopper, arrays, name)
            shopper.memo[key] = np.bincount(target, weight[source] * value, size)
        else:
            shopper.memo[key] = np.zeros(size)
    return shopper.memo[key]


def _own(out: Floats, view: _View) -> None:
    gap_ = out[INDEX["own_gap"]]
    for name in ("own_last", "own_first", "own_gap", "own_looked", "own_due"):
        out[INDEX[name]] = NEVER
    if view.shopper.fresh:
        return
    position, there = view.own()
    at, mine = np.flatnonzero(there), position[there]
    out[: len(OWN), at] = view.shopper.sums[mine][:, [S[name] for name in OWN]].T
    last, first = view.shopper.last[mine], view.shopper.first[mine]
    out[INDEX["own_last"], at] = last
    out[INDEX["own_first"], at] = first
    out[INDEX["own_looked"], at] = view.shopper.looked[mine]
    days = view.shopper.sums[mine, S["days"]]
    gaps = np.maximum(days - 1, 1)
    mean = (first - last) / gaps
    gap_[at] = np.where(days > 1, mean, NEVER)
    spread = view.shopper.sums[mine, S["gap_squares"]] / gaps - mean * mean
    out[INDEX["own_gap_spread"], at] = np.sqrt(np.maximum(spread, 0))


def _groups(out: Floats, view: _View) -> None:
    for group in ("category", "line", "group"):
        out[INDEX[f"{group}_last"]] = NEVER
    if view.shopper.fresh:
        out[INDEX["category_gap"]] = NEVER
        return
    for group, names in GROUPS.items():
        sums, last = view.by(group, [S[name] for name in names])
        first = INDEX[f"{group}_{names[0]}"]
        out[first : first + len(names)] = sums.T
        if f"{group}_last" in INDEX:
            out[INDEX[f"{group}_last"]] = last
    fade = out[INDEX["category_fade_180"]]
    out[INDEX["own_share"]] = out[INDEX["own_fade_180"]] / np.maximum(fade, 1e-3)
    days = out[INDEX["category_days"]]
    out[INDEX["category_variety"]] = out[INDEX["category_bought"]] / np.maximum(days, 1)
    # Faded purchases count about 1.44 half-lives' worth of buying: their inverse is a gap that follows the season.
    out[INDEX["category_gap"]] = np.minimum(
        60 * 1.44 / np.maximum(out[INDEX["category_fade_60"]], 1e-3), NEVER
    )


def _habits(out: Floats, view: _View) -> None:
    shopper = view.shopper
    ages = shopper.visit_ages
    out[INDEX["visit_last"]] = out[INDEX["visit_gap"]] = NEVER
    out[INDEX["visit_due"]] = 1  # never over never, as under a mask that leaves no visit
    columns = [S["days"], S["quantity"], S["value"]]
    totals = view.total(shopper.sums[:, columns]).T
    recent = ((shopper.first < 31) & (shopper.sums[:, S["days"]] > 0)).astype(np.float32)
    news = view.total(np.stack([recent, shopper.sums[:, S["days_31"]]], 1)).T
    out[INDEX["novelty_31"]] = news[0] / np.maximum(news[1], 1)
    out[INDEX["mean_price"]] = totals[2] / np.maximum(totals[1], 1)
    if not len(ages):
        return
    if view.keep is None:
        alive = np.ones((1, len(ages)), bool)
    else:
        lines = shopper.visit_lines
        alive = view.without(lines.sum(0) + shopper.visit_other, lines) > 0.5
    count = alive.sum(1)
    last = np.where(alive, ages, NEVER).min(1)
    first = np.where(alive, ages, 0).max(1)
    out[INDEX["visits"]] = count
    out[INDEX["visits_31"]] = (alive & (ages < 31)).sum(1)
    out[INDEX["visit_last"]] = last
    out[INDEX["visit_gap"]] = np.where(count > 1, (first - last) / np.maximum(count - 1, 1), NEVER)
    out[INDEX["visit_due"]] = out[INDEX["visit_last"]] / np.maximum(out[INDEX["visit_gap"]], 1)
    out[INDEX["lines"]] = totals[0] / np.maximum(count, 1)
    for half_life in (30, 60, 180):
        faded = alive @ np.exp2(-ages / half_life)
        out[INDEX[f"own_rate_{half_life}"]] = out[INDEX[f"own_fade_{half_life}"]] / np.maximum(faded, 1e-3)
        if half_life == 60:
            out[INDEX["category_rate_60"]] = out[INDEX["category_fade_60"]] / np.maximum(faded, 1e-3)
    # Ages of visits are those of noon: an item's own last and first day are told from their neighbours by half a day.
    since = (alive & (ages < out[INDEX["own_last"]][:, None] - 0.6)).sum(1)
    out[INDEX["own_visits_since"]] = since
    spanned = (alive & (ages < out[INDEX["own_first"]][:, None] + 0.6)).sum(1)
    out[INDEX["own_rate_since"]] = out[INDEX["own_days"]] / np.maximum(spanned, 1)


def _due(out: Floats) -> None:
    """Where a shopper stands between two purchases: time since the last over the usual gap, shrunk to the item's own.

    Personal and item-wide gaps are mixed like two further observations of the item, after the repeat-purchase models
    of Bhagat et al., "Buy It Again" (KDD 2018).
    """
    days, last = out[INDEX["own_days"]], out[INDEX["own_last"]]
    gaps = np.maximum(days - 1, 0)
    personal = np.where(days > 1, out[INDEX["own_gap"]], 0)
    usual = (gaps * personal + 2 * out[INDEX["item_gap"]]) / (gaps + 2)
    out[INDEX["own_due"]] = np.where(days > 0, last / np.maximum(usual, 1), NEVER)
    out[INDEX["own_expected"]] = np.where(days > 0, 31 / np.maximum(usual, 1), 0)
    out[INDEX["category_due"]] = out[INDEX["category_last"]] / np.maximum(out[INDEX["category_gap"]], 1)
    line_gap = 180 * 1.44 / np.maximum(out[INDEX["line_fade_180"]], 1e-3)
    out[INDEX["line_due"]] = out[INDEX["line_last"]] / np.maximum(line_gap, 1)


def _price(out: Floats, view: _View) -> None:
    """Log ratio of the item's price to what the shopper pays in its category; 0 where either is unknown."""
    if view.shopper.fresh:
        return
    sums, _ = view.by("category", [S["quantity"], S["value"]])
    paid = sums[:, 1] / np.maximum(sums[:, 0], 1e-3)
    price = out[INDEX["log_price"]]
    known = (paid > 0) & (price > 0)
    out[INDEX["price_step"]] = np.where(known, price - np.log1p(np.maximum(paid, 0)), 0)


def _place(out: Floats, view: _View, context: Context) -> None:
    """Popularity in the store that was asked from, else in the shopper's own."""
    out[INDEX["place_idle"]] = NEVER
    arrays, shopper = view.arrays, view.shopper
    known = arrays.get("place_ids")
    if known is None or not len(known):
        return
    if context.place >= 0:
        places = np.full(len(view.rows), context.place)
    elif not len(shopper.places):
        return
    else:
        weight = view.total(shopper.place_weights)
        best = shopper.places[weight.argmax(-1)]
        places = np.where(weight.max(-1) > 0, best, -1) * np.ones(len(view.rows), np.int64)
    for place in np.unique(places):
        slot = int(np.searchsorted(known, place))
        if slot == len(known) or known[slot] != place:
            continue
        low, high = int(arrays["place_start"][slot]), int(arrays["place_start"][slot + 1])
        items = arrays["place_item"][low:high]
        lines = np.flatnonzero((places == place) & (view.core >= 0))
        position = np.searchsorted(items, view.core[lines])
        position[position == len(items)] = 0
        there = items[position] == view.core[lines] if len(items) else np.zeros(len(lines), bool)
        found = arrays["place_stats"][low:high][position[there]]
        first = INDEX["place_31"]
        out[first : first + 3, lines[there]] = found.T


def _sources(out: Floats, view: _View) -> None:
    shopper = view.shopper
    if shopper.fresh:
        return
    out[INDEX["ease"]], out[INDEX["ease_recent"]] = view.sparse("ease", ("profile", "recent"))
    names = ("together", "together_recent", "together_now")
    for name, total in zip(names, view.sparse("together", ("profile", "recent", "session")), strict=True):
        out[INDEX[name]] = total
    out[INDEX["content"]], out[INDEX["content_now"]] = view.dense("content", shopper.profile, shopper.session)
    (out[INDEX["factors"]],) = view.dense("factors", shopper.faded)
    (out[INDEX["hybrid"]],) = view.dense("hybrid", shopper.profile)
