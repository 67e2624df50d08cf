"""Two small invented shops, seeded: a grocer with habits and a boutique with browsing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from recommendations.learning.artefact import Artefact, load
from recommendations.learning.data import CART, DAY, PURCHASE, VIEW, Catalogue, Interactions
from recommendations.learning.training import Settings, train

START = 1_600_000_000 // DAY * DAY
DAYS = 200
NOW = START + DAYS * DAY
FAST = Settings(threads=1, rounds_all=60, rounds_new=40)


@dataclass(frozen=True)
class Shop:
    interactions: Interactions
    catalogue: Catalogue
    artefact: Artefact
    folder: Path

    def history(self, shopper: int, now: int = NOW):
        return self.interactions.sorted_by_shopper().history(shopper, self.catalogue, now)


def catalogue(items: int, seed: int = 0) -> Catalogue:
    rng = np.random.default_rng(seed)
    leaf = np.arange(items) % 20
    vectors = rng.standard_normal((20, 16))[leaf] + 0.3 * rng.standard_normal((items, 16))
    return Catalogue.build(
        item_pk=1_000 + 3 * np.arange(items),
        external_id=[f"sku-{index}" for index in range(items)],
        category_path=[f"Hall {c % 4} > Aisle {c % 10} > Shelf {c}" for c in leaf],
        brand=[f"brand {index % 7}" for index in range(items)],
        price=rng.gamma(2, 3, items),
        vectors=vectors.astype(np.float32),
    )


def grocer_log(items: int = 200, shoppers: int = 150, seed: int = 1) -> Interactions:
    """Every shopper comes about weekly, buys a dozen favourites each at its own rhythm, and something at random."""
    rng = np.random.default_rng(seed)
    weight = 1 / np.arange(1, items + 1) ** 0.8
    lines = []
    for shopper in range(shoppers):
        taste = weight * rng.gamma(0.3, 1, 20)[np.arange(items) % 20]
        favourites = rng.choice(items, 12, replace=False, p=taste / taste.sum())
        rhythm = rng.integers(5, 40, 12)
        due = rng.integers(0, 30, 12)
        for day in np.cumsum(rng.integers(3, 12, DAYS)):
            if day >= DAYS:
                break
            basket = {int(item) for item, when in zip(favourites, due, strict=True) if when <= day}
            due = np.where(due <= day, day + rhythm, due)
            basket.add(int(rng.choice(items, p=weight / weight.sum())))
            order = shopper * 1_000 + int(day)
            lines += [
                (shopper, item, START + int(day) * DAY + 36_000, PURCHASE, order) for item in sorted(basket)
            ]
    return _interactions(lines, rng, places=3)


def boutique_log(items: int = 300, shoppers: int = 120, seed: int = 2) -> Interactions:
    """Visits of a few looks within one category; one look in six is bought, now and then only put in the cart."""
    rng = np.random.default_rng(seed)
    lines = []
    for shopper in range(shoppers):
        liked = rng.choice(20, 3, replace=False)
        for day in np.sort(rng.choice(DAYS, rng.integers(2, 12), replace=False)):
            shelf = rng.choice(liked)
            pool = np.flatnonzero(np.arange(items) % 20 == shelf)
            for step, item in enumerate(rng.choice(pool, rng.integers(2, 7))):
                at = START + int(day) * DAY + 50_000 + 60 * step
                lines.append((shopper, int(item), at, VIEW, -1))
                if rng.random() < 0.25:
                    kind = PURCHASE if rng.random() < 0.6 else CART
                    lines.append((shopper, int(item), at + 30, kind, -1))
    return _interactions(lines, rng, places=0)


def _interactions(lines, rng, places: int) -> Interactions:
    shopper, item, at, kind, order = (np.asarray(column) for column in zip(*lines, strict=True))
    n = len(shopper)
    return Interactions(
        shopper.astype(np.int32), item.astype(np.int32), at.astype(np.int64), kind.astype(np.uint8),
        np.ones(n, np.float32), rng.gamma(2, 3, n).astype(np.float32), order.astype(np.int64),
        (shopper % places if places else np.full(n, -1)).astype(np.int32),
    )  # fmt: skip


def trained(interactions: Interactions, shelf: Catalogue, folder: Path) -> Shop:
    train(interactions, shelf, NOW, folder, seed=7, settings=FAST)
    return Shop(interactions, shelf, load(folder), folder)


@pytest.fixture(scope="session")
def grocer(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return trained(grocer_log(), catalogue(200), tmp_path_factory.mktemp("grocer"))


@pytest.fixture(scope="session")
def boutique(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return trained(boutique_log(), catalogue(300), tmp_path_factory.mktemp("boutique"))
