"""Explanations remove evidence under a mask; that must equal computing the features of the shorter history."""

import numpy as np
import pytest

from recommendations.learning.features import FEATURES, Context, features
from recommendations.learning.serving import recommend
from tests.recommendations.learning.conftest import NOW


@pytest.mark.parametrize("name", ["grocer", "boutique"])
def test_masked_features_are_those_of_a_history_without_the_items(name, request):
    shop = request.getfixturevalue(name)
    artefact, rng = shop.artefact, np.random.default_rng(0)
    for number in range(12):
        history = shop.history(number)
        shopper = artefact.shopper(history, NOW)
        rows = recommend(artefact, history, NOW, k=4).rows
        gone = [np.unique(rng.integers(0, len(shopper.rows), 3)) for _ in rows]
        if number % 3 == 0:
            gone[0] = np.arange(len(shopper.rows))  # nothing left
            gone[1] = np.flatnonzero(np.arange(len(shopper.rows)) % 4)  # most of it gone
        masked = features(shopper, rows, artefact.arrays, Context(), gone)
        for line, items in enumerate(gone):
            shorter = artefact.shopper(history.without(artefact.item_pk[shopper.rows[items]]), NOW)
            plain = features(shorter, rows[line : line + 1], artefact.arrays, Context())[0]
            wrong = [
                FEATURES[i] for i in np.flatnonzero(~np.isclose(plain, masked[line], rtol=1e-4, atol=1e-4))
            ]
            assert wrong == []


def test_unknown_items_and_an_empty_mask_change_nothing(grocer):
    artefact = grocer.artefact
    history = grocer.history(0).append([77, 78], NOW - 5 * 86_400, 1)
    shopper = artefact.shopper(history, NOW)
    rows = np.arange(50, dtype=np.int32)
    assert np.allclose(
        features(shopper, rows, artefact.arrays, Context()),
        features(shopper, rows, artefact.arrays, Context(), [()] * 50),
        rtol=1e-4, atol=1e-4,
    )  # fmt: skip
