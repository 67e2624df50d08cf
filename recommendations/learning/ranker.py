"""The learned blend of all sources, and the plain one that stands in while there is too little to learn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .columns import FEATURES, INDEX
from .features import Floats
from .trees import Trees

if TYPE_CHECKING:
    import lightgbm

HEADS = ("all", "new")
# Enough to order coarsely: with 40 of 150 trees the exact first 20 are among the first 100 (412 households, no miss).
ROUGH_TREES = 40
# Share of features a tree may use. What is new to a shopper is weakly told by many: fewer each, so that none leads.
SHARE = {"all": 0.5, "new": 0.25}
RATE = {"all": 0.08, "new": 0.07}
# Weights of the stand-in. Rates are below 1, faded counts reach some tens, similarities stay below 1.
PLAIN: Mapping[str, float] = {
    "own_fade_60": 1.0, "own_fade_180": 0.2, "own_views_14": 0.6, "own_carts_7": 0.8, "category_fade_60": 0.05,
    "category_views_14": 0.05, "together": 1.0, "together_now": 1.5, "ease": 1.0, "content": 0.3, "content_now": 0.6,
    "pop_31": 1.0, "pop_93": 1.0, "looks_7": 1.0, "place_31": 0.5,
}  # fmt: skip
# Added to a learned score where training saw no browsing, so that a look still changes the next answer.
UNSEEN: Mapping[str, float] = {
    "together_now": 1.5,
    "content_now": 0.8,
    "own_views_1": 0.5,
    "own_carts_7": 1.0,
}


@dataclass(frozen=True)
class Ranker:
    """Scores candidates. ``models``: head → its trees; empty means the plain blend.

    ``extra``: weights of features added to the learned raw score.
    """

    models: Mapping[str, Trees]
    extra: Mapping[str, float]

    def score(self, numbers: Floats, head: str = "all", *, best: int | None = None) -> NDArray[np.float32]:
        """One score in (0, 1) for each line of features: the chance of a purchase within the horizon.

        ``best``: only so many lines, the likeliest, have to be exact. The first trees of a boosted model tell the hopeless
        apart, so the others are asked about the rest only; the hopeless then score below every exact one.
        """
        raw = np.zeros(len(numbers), np.float64)
        if not len(numbers):
            return raw.astype(np.float32)
        for name, weight in (self.extra if self.models else PLAIN).items():
            raw += weight * numbers[:, INDEX[name]]
        everything = np.arange(len(raw), dtype=np.int32)
        if not self.models:
            raw -= 3
        elif best is None or best >= len(raw):
            self.models[head].add(numbers, everything, raw)
        else:
            trees = self.models[head]
            trees.add(numbers, everything, raw, 0, ROUGH_TREES)
            order = np.argpartition(-raw, best).astype(np.int32)
            likely, hopeless = order[:best], order[best:]
            trees.add(numbers, likely, raw, ROUGH_TREES)
            raw[hopeless] = np.minimum(raw[hopeless], raw[likely].min() - 1e-3)
        return (1 / (1 + np.exp(-raw))).astype(np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """What an artefact keeps of it."""
        return {
            name: array
            for head, trees in self.models.items()
            for name, array in trees.arrays(f"ranker_{head}").items()
        }

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray], extra: Mapping[str, float]) -> Ranker:
        """Out of an artefact's arrays."""
        heads = [head for head in HEADS if f"ranker_{head}_nodes" in arrays]
        return cls({head: Trees.of(arrays, f"ranker_{head}") for head in heads}, extra)


def fit(
    numbers: Floats,
    labels: NDArray[np.float32],
    *,
    head: str,
    seed: int,
    rounds: int,
    threads: int = 2,
) -> lightgbm.Booster:
    """A boosted classifier; the same seed and data give the same trees."""
    import lightgbm  # here: web processes only read what it learned

    params = {
        "objective": "binary", "num_leaves": 31, "learning_rate": RATE[head], "min_data_in_leaf": 60, "verbose": -1,
        "feature_fraction": SHARE[head], "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 20.0, "seed": seed,
        "deterministic": True, "force_row_wise": True, "num_threads": threads, "max_bin": 127,
    }  # fmt: skip
    data = lightgbm.Dataset(numbers, labels, feature_name=list(FEATURES), free_raw_data=True)
    return lightgbm.train(params, data, rounds)
