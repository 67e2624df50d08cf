"""Simple competitors, each with the settings that are tried for it on the earlier window.

Every baseline scores all universe items for a block of shoppers; nothing it reads lies after ``as_of``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from ..data import PURCHASE, Interactions
from ..sources.base import Log, Pairs

LEAST = 5  # purchase lines before the cut that put an item into the universe
Floats = NDArray[np.float32]
Scorer = Callable[[NDArray[np.int32]], Floats]


@dataclass
class Facts:
    """What baselines read. ``universe``: catalogue rows; shoppers are numbered as in the log."""

    log: Log
    universe: NDArray[np.int32]
    shoppers: int
    cache: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, log: Log, shoppers: int) -> Facts:
        lines = np.bincount(log.interactions.item[log.interactions.kind == PURCHASE], minlength=log.items)
        return cls(log, np.flatnonzero(lines >= LEAST).astype(np.int32), shoppers)

    @cached_property
    def column(self) -> NDArray[np.int32]:
        column = np.full(self.log.items, -1, np.int32)
        column[self.universe] = np.arange(len(self.universe))
        return column

    def matrix(self, values: NDArray, pairs: Pairs | Interactions | None = None) -> sparse.csr_matrix:
        """[shoppers, universe] of values that belong to pairs (summed where they repeat)."""
        pairs = pairs or self.log.bought
        keep = self.column[pairs.item] >= 0
        place = (pairs.shopper[keep], self.column[pairs.item[keep]])
        return sparse.csr_matrix(
            (values[keep].astype(np.float32), place), (self.shoppers, len(self.universe))
        )

    @cached_property
    def binary(self) -> sparse.csr_matrix:
        return self.matrix(np.ones(len(self.log.bought.item)))

    def faded(self, half_life: float) -> sparse.csr_matrix:
        """Purchase lines weighted by 2^(-age / half-life)."""
        buys = self.log.interactions.where(self.log.interactions.kind == PURCHASE)
        age = self.log.age[self.log.interactions.kind == PURCHASE]
        return self.matrix(np.exp2(-age / half_life), buys)


def popular(facts: Facts, days: float) -> Scorer:
    """Shoppers who bought the item in the last ``days``."""
    recent = (facts.log.bought.last < days).astype(np.float32)
    score = np.asarray(facts.matrix(recent).sum(0), np.float32).ravel()
    return lambda people: np.broadcast_to(score, (len(people), len(score)))


def frequency(facts: Facts, half_life: float) -> Scorer:
    """Purchases of the shopper, fading by ``half_life`` (inf: plain counts); ties and the rest by popularity."""
    if not np.isfinite(half_life):
        half_life = 1e9
    return _with_popularity(facts, facts.faded(half_life))


def decayed_count(facts: Facts, half_life: float, power: float) -> Scorer:
    """Plain count to a power, times the fading of the last purchase only."""
    pairs = facts.log.bought
    return _with_popularity(facts, facts.matrix(pairs.days**power * np.exp2(-pairs.last / half_life)))


def item_knn(facts: Facts, neighbours: int, weighting: str) -> Scorer:
    """Sum of cosines to the shopper's items, each item keeping its ``neighbours`` nearest (Sarwar et al. 2001)."""
    from implicit.nearest_neighbours import CosineRecommender, TFIDFRecommender
    from implicit.utils import ParameterWarning

    own = facts.binary if weighting == "binary" else facts.faded(120.0)
    model = (CosineRecommender if weighting == "binary" else TFIDFRecommender)(K=neighbours, num_threads=2)
    with warnings.catch_warnings():
        # implicit warns about a conversion inside its own code.
        warnings.simplefilter("ignore", ParameterWarning)
        model.fit(own, show_progress=False)
    return lambda people: np.asarray((own[people] @ model.similarity).todense(), np.float32)


def ease(facts: Facts, regularisation: float) -> Scorer:
    """EASE (Steck 2019) over the whole universe, from the shoppers' side.

    With Q = (XX' + λI)^-1: P = (I - X'QX) / λ, so XP = QX; with B = I - P diag(P)^-1 the answer is X - XP / diag(P).
    """
    rows = np.flatnonzero(np.diff(facts.binary.indptr))
    matrix = facts.binary[rows].toarray()
    if "gram" not in facts.cache:
        facts.cache["gram"] = matrix @ matrix.T
    square = np.array(facts.cache["gram"], np.float32)
    square[np.diag_indices_from(square)] += regularisation
    product = linalg.solve(square, matrix, assume_a="pos", overwrite_a=True, check_finite=False)
    diagonal = (1 - np.einsum("ui,ui->i", matrix, product)) / regularisation
    scores = matrix - product / np.maximum(diagonal, 1e-9)
    place = np.full(facts.shoppers, -1)
    place[rows] = np.arange(len(rows))

    def score(people: NDArray[np.int32]) -> Floats:
        return np.where((place[people] >= 0)[:, None], scores[place[people]], 0)

    return score


def lightfm(facts: Facts, components: int, epochs: int) -> Scorer:
    """LightFM with WARP loss on identities (Kula 2015)."""
    from lightfm import LightFM

    model = LightFM(components, loss="warp", random_state=0)
    model.fit(facts.binary.tocoo(), epochs=epochs, num_threads=1)  # more threads race

    def score(people: NDArray[np.int32]) -> Floats:
        return model.user_embeddings[people] @ model.item_embeddings.T + model.item_biases

    return score


def als(facts: Facts, factors: int, regularisation: float) -> Scorer:
    """Implicit ALS on counts (Hu, Koren, Volinsky 2008)."""
    from implicit.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    counts = facts.matrix(1 + 2 * np.log1p(facts.log.bought.days))
    # It has threads of its own: BLAS with others besides makes it slower, and it warns of that.
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors, regularization=regularisation, iterations=10, random_state=0, num_threads=2
        )
        model.fit(counts, show_progress=False)
    return lambda people: model.user_factors[people] @ model.item_factors.T


def tifu_knn(facts: Facts, half_life: float, neighbours: int, alpha: float) -> Scorer:
    """TIFU-kNN (Hu et al. 2020): the shopper's faded frequency, mixed with that of the nearest shoppers."""
    own = facts.faded(half_life)
    own = sparse.diags_array(1 / np.maximum(np.asarray(own.sum(1)).ravel(), 1e-6)).astype(np.float32) @ own
    unit = sparse.diags_array(1 / np.maximum(sparse.linalg.norm(own, axis=1), 1e-9)).astype(np.float32) @ own

    def score(people: NDArray[np.int32]) -> Floats:
        near = (unit[people] @ unit.T).toarray()
        near[np.arange(len(people)), people] = -1
        best = np.argpartition(-near, min(neighbours, near.shape[1] - 1), axis=1)[:, :neighbours]
        chosen = np.zeros_like(near)
        np.put_along_axis(chosen, best, 1 / neighbours, axis=1)
        return np.asarray(
            alpha * own[people].toarray() + (1 - alpha) * (sparse.csr_matrix(chosen) @ own).toarray()
        )

    return score


def _with_popularity(facts: Facts, own: sparse.csr_matrix) -> Scorer:
    tie = np.asarray(facts.binary.sum(0), np.float32).ravel()
    tie = 1e-6 * tie / max(float(tie.max(initial=1)), 1)
    return lambda people: own[people].toarray() + tie


@dataclass(frozen=True)
class Baseline:
    """A competitor with the settings that are tried; ``fit(facts, **setting)`` gives its scorer."""

    name: str
    fit: Callable[..., Scorer]
    settings: tuple[Mapping[str, object], ...]


BASELINES: tuple[Baseline, ...] = (
    Baseline("popular", popular, tuple({"days": days} for days in (14, 31, 93))),
    Baseline("LightFM WARP", lightfm, ({"components": 32, "epochs": 8},)),
    Baseline("item-kNN", item_knn, tuple({"neighbours": 100, "weighting": name} for name in ("binary", "faded"))),
    Baseline("EASE", ease, tuple({"regularisation": value} for value in (300.0, 1000.0))),
    Baseline("ALS", als, ({"factors": 64, "regularisation": 10.0},)),
    Baseline("personal frequency", frequency, ({"half_life": float("inf")},)),
    Baseline("faded frequency", frequency, tuple({"half_life": days} for days in (30.0, 60.0, 90.0, 120.0))),
    Baseline(
        "decayed count", decayed_count,
        tuple({"half_life": days, "power": power} for days in (30.0, 60.0, 120.0) for power in (0.7, 1.0)),
    ),
    Baseline(
        "TIFU-kNN", tifu_knn,
        tuple({"half_life": days, "neighbours": 200, "alpha": 0.7} for days in (60.0, 120.0)),
    ),
)  # fmt: skip
