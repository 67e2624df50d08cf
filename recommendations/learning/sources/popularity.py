"""What the shop at large buys now: everywhere, in a store, and in the categories that a shopper knows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled.reach import best
from ..data import DAY, PURCHASE, VIEW
from ..features import ITEM_STATS, Context
from ..promotions import item_columns
from ..shopper import NEVER, S, Shopper
from .base import Arrays, Log, Pairs

CORE = 30_000  # items that models and candidate lists cover; the rest is reached by content
PLACE_DAYS = 124
RATES = ("pop_14", "pop_31", "pop_93", "first_31", "first_93")


class Popularity:
    """Statistics of every item, and the core: items by falling popularity, newest first among the unsold."""

    name = "popular"

    def fit(self, log: Log, arrays: Arrays) -> dict[str, np.ndarray]:
        stats = item_stats(log)
        column = {name: stats[:, index] for index, name in enumerate(ITEM_STATS)}
        met = np.bincount(log.met.item, minlength=log.items)
        heat = column["pop_31"] + 0.5 * column["pop_14"] + 0.3 * column["pop_93"] + 0.2 * column["looks_7"]
        heat = heat + 1e-6 * met
        core = np.lexsort((np.arange(log.items), -log.catalogue.first_seen, -heat))[:CORE].astype(np.int32)
        core_of = np.full(log.items, -1, np.int32)
        core_of[core] = np.arange(len(core))
        line = log.catalogue.category.astype(np.int64) * (int(log.catalogue.brand.max(initial=0)) + 1)
        _, lines = np.unique(line + log.catalogue.brand, return_inverse=True)
        return {
            "item_stats": stats, "core_rows": core, "core_of": core_of, "line": lines.astype(np.int32),
            "category": log.catalogue.category, "group": log.catalogue.group, "brand": log.catalogue.brand,
            "department": log.catalogue.department, "popular_heat": heat[core].astype(np.float32),
        }  # fmt: skip

    def candidates(self, shopper: Shopper, arrays: Arrays, context: Context, limit: int) -> NDArray[np.int32]:
        return arrays["core_rows"][:limit]


class Taste:
    """The most popular items of the categories that the shopper buys or looks at most."""

    name = "taste"
    categories = 10

    def fit(self, log: Log, arrays: Arrays) -> dict[str, np.ndarray]:
        category = log.catalogue.category[arrays["core_rows"]]
        order = np.argsort(category, kind="stable").astype(np.int32)  # popularity still falls within one
        count = int(log.catalogue.category.max(initial=-1)) + 1
        return {
            "taste_start": np.searchsorted(category[order], np.arange(count + 1)).astype(np.int32),
            "taste_item": order,
        }

    def candidates(self, shopper: Shopper, arrays: Arrays, context: Context, limit: int) -> NDArray[np.int32]:
        if shopper.fresh:
            return np.empty(0, np.int32)
        sums = shopper.sums
        weight = sums[:, S["fade_60"]] + sums[:, S["views_14"]] + 4 * shopper.session
        mine = arrays["category"][shopper.rows]
        liked = best(np.bincount(mine, weight), self.categories)
        start = arrays["taste_start"]
        each = max(1, limit // max(len(liked), 1))
        lists = [arrays["taste_item"][start[c] : min(start[c + 1], start[c] + each)] for c in liked]
        return arrays["core_rows"][np.concatenate(lists)] if lists else np.empty(0, np.int32)


class Place:
    """What sells in the store that the shopper is in, or goes to most."""

    name = "place"

    def fit(self, log: Log, arrays: Arrays) -> dict[str, np.ndarray]:
        lines = log.interactions
        size = max(len(arrays["core_rows"]), 1)
        core = arrays["core_of"][lines.item]
        keep = np.flatnonzero((lines.place >= 0) & (core >= 0) & (lines.kind == PURCHASE))
        ids, slot = np.unique(lines.place[keep], return_inverse=True)
        age = log.age[keep]
        cell = slot.astype(np.int64) * size + core[keep]
        person = lines.shopper[keep]
        cells, where = np.unique(cell, return_inverse=True)
        idle = np.full(len(cells), NEVER, np.float32)
        np.minimum.at(idle, where, age)
        month = age < 31
        people = _distinct(slot[month], person[month], len(ids))
        sold = _distinct(where[month], person[month], len(cells))
        key = person.astype(np.int64) * log.items + lines.item[keep]
        known = log.bought.shopper.astype(np.int64) * log.items + log.bought.item
        debut = age >= log.bought.first[np.searchsorted(known, key)] - 1e-3
        debut &= age < 62
        begun = np.bincount(where[debut], minlength=len(cells))
        shops = cells // size
        crowd = np.maximum(people[shops], 1) if len(cells) else np.empty(0)
        stats = np.stack([(sold / (crowd + 5)), (begun / (crowd + 5)), idle], 1).astype(np.float32)
        recent = idle < PLACE_DAYS
        return {
            "place_ids": ids.astype(np.int32),
            "place_start": np.searchsorted(shops[recent], np.arange(len(ids) + 1)).astype(np.int32),
            "place_item": (cells[recent] % size).astype(np.int32),
            "place_stats": stats[recent],
        }

    def candidates(self, shopper: Shopper, arrays: Arrays, context: Context, limit: int) -> NDArray[np.int32]:
        place = context.place
        if place < 0 and len(shopper.places):
            place = int(shopper.places[shopper.place_weights.sum(0).argmax()])
        slot = int(np.searchsorted(arrays["place_ids"], place))
        if place < 0 or slot == len(arrays["place_ids"]) or arrays["place_ids"][slot] != place:
            return np.empty(0, np.int32)
        low, high = arrays["place_start"][slot], arrays["place_start"][slot + 1]
        stats = arrays["place_stats"][low:high]
        strongest = best(stats[:, 0] + stats[:, 1], limit)
        return arrays["core_rows"][arrays["place_item"][low:high][strongest]]


def item_stats(log: Log) -> NDArray[np.float32]:
    """float32 [I, len(ITEM_STATS)]; rates are per shopper who was active in the same window."""
    items, pairs, catalogue = log.items, log.bought, log.catalogue
    stats = np.zeros((items, len(ITEM_STATS)), np.float32)
    column = {name: stats[:, index] for index, name in enumerate(ITEM_STATS)}
    for days in (7, 14, 31, 93):
        recent = pairs.last < days
        active = max(1, len(np.unique(pairs.shopper[recent])))
        column[f"pop_{days}"][:] = np.bincount(pairs.item[recent], minlength=items) / active
        if days >= 31:
            column[f"first_{days}"][:] = np.bincount(pairs.item[pairs.first < days], minlength=items) / active
    column["trend"][:] = np.log((column["pop_14"] + 1e-3) / (column["pop_93"] * 14 / 62 + 1e-3))
    _repeats(log, pairs, column)
    column["log_price"][:] = np.log1p(np.maximum(catalogue.price, 0))
    oldest = np.full(items, -1, np.float32)
    np.maximum.at(oldest, log.met.item, log.met.first)
    listed = np.where(catalogue.first_seen > 0, (log.as_of - catalogue.first_seen) / DAY, -1)
    column["item_age"][:] = np.clip(np.maximum(oldest, listed), 0, NEVER)
    idle = np.full(items, NEVER, np.float32)
    np.minimum.at(idle, pairs.item, pairs.last)
    column["item_idle"][:] = idle
    total = np.bincount(catalogue.category, column["pop_31"])[catalogue.category] if items else np.empty(0)
    column["category_pop"][:] = total
    fortnight = (
        np.bincount(catalogue.category, column["pop_14"])[catalogue.category] if items else np.empty(0)
    )
    season = np.bincount(catalogue.category, column["pop_93"])[catalogue.category] if items else np.empty(0)
    column["category_trend"][:] = np.log((fortnight + 1e-3) / (season * 14 / 62 + 1e-3))
    column["group_share"][:] = column["pop_31"] / np.maximum(total, 1e-6)
    looks = (log.interactions.kind == VIEW) & (log.age < 7)
    lookers = max(1, len(np.unique(log.interactions.shopper[looks])))
    column["looks_7"][:] = (
        _distinct(log.interactions.item[looks], log.interactions.shopper[looks], items) / lookers
    )
    for name, values in item_columns(log.promotions, log.as_of, items).items():
        column[name][:] = values
    return stats


def _repeats(log: Log, pairs: Pairs, column: dict[str, NDArray[np.float32]]) -> None:
    """Habits around an item: share of buyers who came back, and the usual days between two purchases."""
    items = log.items
    buyers = np.bincount(pairs.item, minlength=items)
    again = np.bincount(pairs.item[pairs.days > 1], minlength=items)
    overall = again.sum() / max(buyers.sum(), 1)
    column["repeat_rate"][:] = (again + 10 * overall) / (buyers + 10)
    buys = log.interactions.kind == PURCHASE
    age = log.age[buys]
    earlier = (age >= 31) & (age < 62)
    key = log.interactions.shopper[buys].astype(np.int64) * max(items, 1) + log.interactions.item[buys]
    before = np.unique(key[earlier])
    late = pairs.last < 31
    both = np.intersect1d(
        before, pairs.shopper[late].astype(np.int64) * max(items, 1) + pairs.item[late], assume_unique=True
    )
    held = np.bincount((before % max(items, 1)).astype(np.int64), minlength=items)
    kept = np.bincount((both % max(items, 1)).astype(np.int64), minlength=items)
    column["rebuy_31"][:] = (kept + 10 * kept.sum() / max(held.sum(), 1)) / (held + 10)
    more = pairs.days > 1
    gap = (pairs.first[more] - pairs.last[more]) / (pairs.days[more] - 1)
    total, count = np.bincount(pairs.item[more], gap, items), np.bincount(pairs.item[more], minlength=items)
    category = log.catalogue.category
    if not items:
        return
    wide = (np.bincount(category, total) + 5 * 45.0) / (np.bincount(category, count) + 5)
    column["item_gap"][:] = (total + 5 * wide[category]) / (count + 5)


def _distinct(group: NDArray, person: NDArray, size: int) -> NDArray[np.int64]:
    """How many different people each group has."""
    if not len(group):
        return np.zeros(size, np.int64)
    pairs = np.unique(group.astype(np.int64) * (int(person.max()) + 1) + person)
    return np.bincount(pairs // (int(person.max()) + 1), minlength=size)
