"""Ranking metrics per shopper, and paired bootstrap intervals of the ratio between two methods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Relevant:
    """What was wanted: ``items[start[u]:start[u+1]]`` are the relevant catalogue rows of list u."""

    start: NDArray[np.int64]
    items: NDArray[np.int32]

    @property
    def sizes(self) -> NDArray[np.int64]:
        return np.diff(self.start)

    def hits(self, lists: NDArray[np.int32]) -> NDArray[np.bool_]:
        """bool [U, L]: which answered rows were wanted. Rows below 0 are padding and never hit."""
        stride = int(max(self.items.max(initial=0), lists.max(initial=0))) + 1
        owner = np.repeat(np.arange(len(self.sizes)), self.sizes)
        wanted = owner * stride + self.items
        asked = np.arange(len(lists))[:, None] * stride + lists
        return np.isin(asked, wanted) & (lists >= 0)


def ndcg(lists: NDArray[np.int32], relevant: Relevant, k: int = 10) -> NDArray[np.float64]:
    """NDCG@k per list with binary gains; the ideal has min(k, wanted) hits (Järvelin and Kekäläinen 2002)."""
    discount = 1 / np.log2(np.arange(2, k + 2))
    gain = relevant.hits(lists[:, :k]) @ discount[: lists[:, :k].shape[1]]
    ideal = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(relevant.sizes, k)]
    return np.divide(gain, ideal, out=np.zeros(len(lists)), where=ideal > 0)


def recall(lists: NDArray[np.int32], relevant: Relevant, k: int = 10) -> NDArray[np.float64]:
    """Share of the wanted items among the first k."""
    found = relevant.hits(lists[:, :k]).sum(1)
    return found / np.maximum(relevant.sizes, 1)


def coverage(lists: NDArray[np.int32], items: int, k: int = 10) -> float:
    """Share of the catalogue that appears in anyone's first k."""
    shown = lists[:, :k]
    return len(np.unique(shown[shown >= 0])) / max(items, 1)


def novelty(lists: NDArray[np.int32], buyers: NDArray[np.float64], k: int = 10) -> float:
    """Mean self-information of the first k: -log2 of the share of shoppers who bought the item before."""
    shown = lists[:, :k]
    share = np.maximum(buyers[shown[shown >= 0]], 1e-6)
    return float(-np.log2(share).mean()) if len(share) else 0.0


@dataclass(frozen=True)
class Ratio:
    """Mean of one method over mean of another, with a percentile interval over shoppers."""

    value: float
    low: float
    high: float


def ratio(
    ours: NDArray[np.float64],
    theirs: NDArray[np.float64],
    *,
    seed: int = 0,
    samples: int = 2_000,
    level: float = 0.95,
) -> Ratio:
    """Paired bootstrap: shoppers are drawn with replacement, both methods judged on the same draw (Efron 1979)."""
    rng = np.random.default_rng(seed)
    n = len(ours)
    if not n or theirs.mean() == 0:
        return Ratio(float("nan"), float("nan"), float("nan"))
    draws = np.empty(samples)
    for index in range(samples):
        weight = np.bincount(rng.integers(0, n, n), minlength=n)
        draws[index] = float(weight @ ours) / max(float(weight @ theirs), 1e-12)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Ratio(float(ours.mean() / theirs.mean()), float(low), float(high))
