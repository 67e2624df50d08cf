"""What every candidate source keeps to, whatever it learns from."""

import numpy as np
import pytest

from recommendations.learning.data import ShopperHistory
from recommendations.learning.features import Context
from recommendations.learning.shopper import Shopper
from recommendations.learning.sources import SOURCES, Log
from recommendations.learning.training import fit_sources
from tests.recommendations.learning.conftest import NOW, Shop, catalogue, grocer_log

ids = [source.name for source in SOURCES]


def shopper_of(shop: Shop, number: int) -> Shopper:
    return shop.artefact.shopper(shop.history(number), NOW)


@pytest.fixture(params=["grocer", "boutique"])
def shop(request: pytest.FixtureRequest) -> Shop:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("source", SOURCES, ids=ids)
def test_candidates_are_distinct_rows_of_the_catalogue_within_the_limit(shop, source):
    for number in range(10):
        rows = source.candidates(shopper_of(shop, number), shop.artefact.arrays, Context(), 25)
        assert len(rows) <= 25
        assert len(np.unique(rows)) == len(rows)
        assert np.all((rows >= 0) & (rows < len(shop.catalogue)))


@pytest.mark.parametrize("source", SOURCES, ids=ids)
def test_a_shopper_without_history_is_no_error(shop, source):
    nobody = shop.artefact.shopper(ShopperHistory.empty(), NOW)
    rows = source.candidates(nobody, shop.artefact.arrays, Context(), 25)
    assert len(rows) == (25 if source.name == "popular" else 0)


@pytest.mark.parametrize("source", SOURCES, ids=ids)
def test_a_shorter_list_is_the_beginning_of_a_longer_one(shop, source):
    if source.name == "taste":
        pytest.skip("shares its places among categories, so a longer list goes deeper in each")
    shopper = shopper_of(shop, 3)
    long = source.candidates(shopper, shop.artefact.arrays, Context(), 20)
    short = source.candidates(shopper, shop.artefact.arrays, Context(), 5)
    assert short.tolist() == long[:5].tolist()


@pytest.mark.parametrize("count", [0, 5])
def test_fitting_on_next_to_nothing_gives_usable_arrays(count):
    shelf = catalogue(30)
    few = grocer_log(items=30, shoppers=2).where(slice(0, count)).sorted_by_shopper()
    arrays = fit_sources(Log.of(few, shelf, NOW, 0), lambda name, done, total: None)
    assert all(np.isfinite(array).all() for array in arrays.values() if array.dtype.kind == "f")
    shopper = Shopper.of(few.history(0, shelf, NOW), NOW, shelf.item_pk, arrays["core_of"])
    for source in SOURCES:
        assert len(source.candidates(shopper, arrays, Context(), 10)) <= 10


def test_the_same_seed_learns_the_same_arrays():
    log = Log.of(grocer_log(shoppers=40).sorted_by_shopper(), catalogue(200), NOW, 3)
    first, second = (fit_sources(log, lambda name, done, total: None) for _ in range(2))
    assert first.keys() == second.keys()
    for name in first:
        assert np.array_equal(first[name], second[name]), name
