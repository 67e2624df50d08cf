import numpy as np
import pytest

from recommendations.learning.artefact import load
from recommendations.learning.data import DAY, PURCHASE, ShopperHistory
from recommendations.learning.serving import recommend
from recommendations.learning.training import train
from tests.recommendations.learning.conftest import FAST, NOW, catalogue, grocer_log


def test_the_manifest_tells_the_recipe(grocer):
    manifest = grocer.artefact.manifest
    assert manifest.ranker == "learned"
    assert manifest.reason == ""
    assert manifest.label == "purchase"
    assert manifest.data_until < NOW == manifest.as_of
    assert manifest.interactions == len(grocer.interactions)
    assert manifest.steps[0]["name"] == "interactions"
    assert all(step["count"] > 0 for step in manifest.steps)


def test_browsing_without_enough_purchases_learns_from_engagement(boutique):
    assert boutique.artefact.manifest.label == "engagement"
    assert boutique.artefact.manifest.ranker == "learned"
    assert boutique.artefact.manifest.extra == {}


@pytest.mark.parametrize(("lines", "reason"), [(0, "no_interactions"), (5, "too_few_interactions")])
def test_with_next_to_no_data_the_plain_blend_answers_and_says_why(tmp_path, lines, reason):
    shelf = catalogue(50)
    log = grocer_log(items=50, shoppers=2).where(slice(0, lines))
    manifest = train(log, shelf, NOW, tmp_path, settings=FAST)
    assert (manifest.ranker, manifest.reason) == ("plain", reason)
    artefact = load(tmp_path)
    assert len(recommend(artefact, ShopperHistory.empty(), NOW, k=10).rows) == 10
    looked = recommend(artefact, ShopperHistory.empty(), NOW, k=10, session=[int(shelf.item_pk[4])])
    assert (shelf.category[looked.rows] == shelf.category[4]).any()


def test_an_empty_catalogue_gives_empty_answers(tmp_path):
    shelf = catalogue(50)
    none = type(shelf)(
        shelf.item_pk[:0], shelf.external_id[:0], shelf.category[:0], shelf.group[:0], shelf.department[:0],
        shelf.brand[:0], shelf.price[:0], shelf.first_seen[:0],
    )  # fmt: skip
    train(grocer_log(items=50, shoppers=2).where(slice(0, 0)), none, NOW, tmp_path, settings=FAST)
    assert len(recommend(load(tmp_path), ShopperHistory.empty(), NOW, k=10).rows) == 0


def test_nothing_after_the_date_is_learned(tmp_path):
    log, shelf = grocer_log(shoppers=60), catalogue(200)
    cut = NOW - 40 * DAY
    whole = train(log, shelf, cut, tmp_path / "whole", seed=1, settings=FAST)
    known = train(log.where(log.at < cut), shelf, cut, tmp_path / "known", seed=1, settings=FAST)
    assert whole.files == known.files


def test_progress_names_every_step(tmp_path):
    told: list[tuple[str, int, int]] = []
    train(
        grocer_log(shoppers=30), catalogue(200), NOW, tmp_path, settings=FAST,
        progress=lambda name, done, total: told.append((name, done, total)),
    )  # fmt: skip
    names = {name for name, _, _ in told}
    assert {"interactions", "fit ease", "examples (all)", "ranker, head all"} <= names
    assert all(0 <= done <= total for _, done, total in told)


def test_the_blend_orders_better_than_popularity(grocer, tmp_path):
    cut = NOW - 31 * DAY
    log = grocer.interactions.sorted_by_shopper()
    train(log, grocer.catalogue, cut, tmp_path, seed=7, settings=FAST)
    artefact = load(tmp_path)
    ours = popular = 0
    for shopper in range(80):
        part = slice(log.start[shopper], log.start[shopper + 1])
        wanted = log.item[part][(log.at[part] >= cut) & (log.kind[part] == PURCHASE)]
        ours += np.isin(
            recommend(artefact, log.history(shopper, grocer.catalogue, cut), cut).rows, wanted
        ).sum()
        popular += np.isin(artefact.arrays["core_rows"][:10], wanted).sum()
    assert ours > 1.5 * popular
