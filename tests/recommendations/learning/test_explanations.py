"""A reason is what decided: without the cited evidence the item scores differently."""

import numpy as np
import pytest

from recommendations.learning.data import ShopperHistory
from recommendations.learning.explain import explain
from recommendations.learning.features import INDEX, POPULARITY, Context, features
from recommendations.learning.serving import recommend
from tests.recommendations.learning.conftest import NOW


def score(artefact, history, row):
    shopper = artefact.shopper(history, NOW)
    return float(artefact.ranker.score(features(shopper, np.asarray([row]), artefact.arrays, Context()))[0])


@pytest.mark.parametrize("name", ["grocer", "boutique"])
def test_taking_the_cited_evidence_away_lowers_the_score_by_what_is_said(name, request):
    shop = request.getfixturevalue(name)
    artefact, cited = shop.artefact, 0
    for number in range(15):
        history = shop.history(number)
        ranked = recommend(artefact, history, NOW, k=8)
        for row, reason in zip(ranked.rows, explain(artefact, history, NOW, ranked.rows), strict=True):
            assert reason.score_drop > 0
            if reason.rows:
                cited += 1
                without = score(artefact, history.without(artefact.item_pk[list(reason.rows)]), row)
                assert score(artefact, history, row) - without == pytest.approx(reason.score_drop, abs=1e-3)
    assert cited > 30


def test_a_new_shopper_is_told_about_popularity_and_that_decided(grocer):
    artefact, nobody = grocer.artefact, ShopperHistory.empty()
    ranked = recommend(artefact, nobody, NOW, k=5)
    columns = [INDEX[name] for name in POPULARITY]
    for row, reason in zip(ranked.rows, explain(artefact, nobody, NOW, ranked.rows), strict=True):
        assert reason.rows == ()
        assert reason.kind in ("popular", "item")
        if reason.kind == "popular":
            numbers = features(artefact.shopper(nobody, NOW), np.asarray([row]), artefact.arrays, Context())
            before = artefact.ranker.score(numbers)[0]
            numbers[:, columns] = artefact.neutral[columns]
            assert before - artefact.ranker.score(numbers)[0] == pytest.approx(reason.score_drop, abs=1e-6)


def test_a_habit_is_explained_by_the_habit(grocer):
    history = grocer.history(2)
    ranked = recommend(grocer.artefact, history, NOW, k=5)
    reasons = explain(grocer.artefact, history, NOW, ranked.rows)
    habits = [reason for reason in reasons if reason.kind == "repurchase"]
    assert habits
    for reason in habits:
        assert set(grocer.artefact.item_pk[list(reason.rows)].tolist()) <= set(history.item_pk.tolist())
        assert reason.gap_days >= 0


def test_nothing_asked_nothing_explained(grocer):
    assert explain(grocer.artefact, ShopperHistory.empty(), NOW, np.empty(0, np.int32)) == []
