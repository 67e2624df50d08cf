"""A small shop, made up from a seed: items in categories, shoppers who favour some of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np

from catalog.lines import ItemInput

DEPARTMENTS = ("Garden", "Kitchen", "Toys", "Books", "Sport", "Office", "Music", "Pets", "Tools", "Beauty")
SHELVES = ("Basics", "Classics", "Seasonal", "Gifts", "Premium")
WORDS = (
    "bright",
    "quiet",
    "folding",
    "woven",
    "travel",
    "little",
    "sturdy",
    "double",
    "soft",
    "early",
    "slim",
    "round",
)
DAYS = 180


def invented_items(count: int) -> Iterator[ItemInput]:
    rng = np.random.default_rng(11)
    for number in range(count):
        department, shelf = DEPARTMENTS[number % 10], SHELVES[number // 10 % 5]
        words = rng.choice(WORDS, 2, replace=False)
        yield ItemInput(
            item_id=f"b{number}",
            kind="product",
            title=f"{words[0]} {words[1]} {department} {shelf} {number}".capitalize(),
            brand=f"Brand {number % 37}",
            category=[department, shelf],
            price=Decimal(int(rng.integers(199, 9999))) / 100,
            currency="EUR",
        )


def invented_history(shoppers: int, items: int, orders: int) -> dict[str, Any]:
    """Columns as profiles.history reads them: everyone has two departments they mostly buy from, and favourites."""
    rng = np.random.default_rng(12)
    popularity = 1.0 / np.arange(1, items + 1) ** 0.7
    department = np.arange(items) % 10
    rows: list[tuple[str, str, int, int]] = []
    now = int(time.time())
    for shopper in range(shoppers):
        taste = popularity * np.where(np.isin(department, rng.choice(10, 2, replace=False)), 8.0, 1.0)
        favourites = rng.choice(items, 12, replace=False, p=taste / taste.sum())
        for order in range(orders):
            at = now - int(rng.integers(3600, DAYS * 86400))
            again = rng.choice(favourites, 2, replace=False)
            once = rng.choice(items, 2, replace=False, p=taste / taste.sum())
            rows += [(f"s{shopper}", f"b{item}", at, shopper * 1000 + order + 1) for item in {*again, *once}]
    rows.sort(key=lambda row: row[2])
    users, names, at_, order_ids = zip(*rows, strict=True)
    return {
        "user_id": np.array(users, object),
        "item_id": np.array(names, object),
        "kind": np.full(len(rows), "purchase", object),
        "at": np.array(at_, np.int64).astype("datetime64[s]").astype("datetime64[us]"),
        "quantity": np.ones(len(rows), np.float32),
        "value": rng.uniform(2, 90, len(rows)).round(2),
        "order_id": np.array(order_ids, np.int64),
    }
