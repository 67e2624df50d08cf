"""The invented shop: the same for the same seed, labelled, and worth learning from."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
import pytest

from catalog.lines import checked
from config.demo import outfitter
from config.demo.history import CART, PURCHASE, REFUND, VIEW, History

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def history() -> History:
    return outfitter.history(today=TODAY, people=500)


def test_same_seed_same_shop(history: History) -> None:
    again = outfitter.history(today=TODAY, people=500)
    assert np.array_equal(again.item, history.item)
    assert np.array_equal(again.at, history.at)
    other = outfitter.history(seed=2, today=TODAY, people=500)
    assert not np.array_equal(other.item[:100], history.item[:100])
    assert [p.title for p in outfitter.catalogue()] == [p.title for p in outfitter.catalogue()]


def test_every_item_is_taken_and_says_that_it_is_invented() -> None:
    items = list(outfitter.items(today=TODAY))
    assert len(items) == 2_400
    assert len({item.item_id for item in items}) == 2_400
    for item in items:
        assert str(item.description).endswith(outfitter.NOTE)
        assert item.attributes["invented"] is True  # type: ignore[index]
        assert item.variants
        checked(item)


def test_shoppers_are_invented_too() -> None:
    traits = outfitter.traits(count=50)
    assert all(t["invented"] and t["email"].endswith("@example.com") for t in traits.values())
    assert {"age", "gender", "location"} <= set(traits["shopper-0001"])


def test_the_funnel_narrows(history: History) -> None:
    counts = Counter(history.kind.tolist())
    assert counts[VIEW] > 2 * counts[CART] > 2 * counts[PURCHASE] * 0.9 > counts[REFUND] * 4 > 0


def test_everything_happens_within_the_half_year(history: History) -> None:
    assert history.at.min() >= np.datetime64(TODAY - dt.timedelta(days=180))
    assert history.at.max() < np.datetime64(TODAY)
    assert bool(np.all(np.diff(history.at.astype(np.int64)) >= 0))


def test_nothing_is_viewed_before_its_launch(history: History) -> None:
    launched = np.array([product.launched for product in outfitter.catalogue()])
    day = ((history.at - np.datetime64(TODAY - dt.timedelta(days=180))) / np.timedelta64(1, "D")).astype(int)
    assert bool(np.all(day >= launched[history.item]))


def test_some_items_are_far_more_popular(history: History) -> None:
    views = np.sort(np.bincount(history.item[history.kind == VIEW], minlength=2_400))[::-1]
    assert views[:240].sum() > 0.25 * views.sum()


def test_tastes_show_in_what_is_bought(history: History) -> None:
    goods, cast = outfitter.catalogue(), outfitter.shoppers(count=500)
    bought = history.kind == PURCHASE
    own = [
        float(goods[i].taste @ cast[u].looks)
        for u, i in zip(history.user[bought], history.item[bought], strict=True)
    ]
    shuffled = np.random.default_rng(0).permutation(history.user[bought])
    others = [
        float(goods[i].taste @ cast[u].looks) for u, i in zip(shuffled, history.item[bought], strict=True)
    ]
    # Clearly above chance, clearly below what a shop of perfect matches would show.
    assert 1.3 * np.mean(others) < np.mean(own) < 0.9


def test_what_is_sold_out_in_your_size_is_seldom_bought(history: History) -> None:
    goods, cast = outfitter.catalogue(), outfitter.shoppers(count=500)

    def misfits(kind: int) -> float:
        rows = np.flatnonzero(history.kind == kind)
        misses = 0
        for row in rows.tolist():
            product, shopper = goods[history.item[row]], cast[history.user[row]]
            sizes = {size for department, size in shopper.sizes if department == product.department}
            misses += len(product.sizes) > 1 and not sizes & (set(product.sizes) - product.sold_out)
        return misses / len(rows)

    assert misfits(PURCHASE) < 0.5 * misfits(VIEW)
