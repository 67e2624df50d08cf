"""LightFM with item features: the only module that knows the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..compiled.reach import best
from ..features import Context
from ..shopper import Shopper
from ..vectors import HEAD, closeness, packed
from .base import Arrays, Log

if TYPE_CHECKING:
    from scipy import sparse

COMPONENTS = 32
EPOCHS = 5
PAIRS = 250_000


class Hybrid:
    """Factors of items as sums of their features' (Kula 2015), WARP loss; a shopper is folded in from own items.

    One thread: the library's parallel updates race, and an artefact must come out equal for one seed.
    """

    name = "hybrid"

    def fit(self, log: Log, arrays: Arrays) -> dict[str, np.ndarray]:
        from scipy import sparse  # this and LightFM here: web processes only read what was learned

        features = item_features(log)
        pairs, rng = log.liked, np.random.default_rng(log.seed)
        chosen = np.sort(rng.permutation(len(pairs.item))[:PAIRS])
        if len(chosen) < 2:
            return packed(self.name, np.zeros((log.items, COMPONENTS), np.float32), arrays["core_rows"])
        people, person = np.unique(pairs.shopper[chosen], return_inverse=True)
        weight = np.log2(1 + pairs.days[chosen]).astype(np.float32)
        facts = sparse.coo_matrix((weight, (person, pairs.item[chosen])), (len(people), log.items))
        from lightfm import LightFM

        model = LightFM(COMPONENTS, loss="warp", max_sampled=20, random_state=log.seed)
        model.fit(facts, item_features=features, sample_weight=facts, epochs=EPOCHS, num_threads=1)
        factors = model.item_embeddings.copy()
        # An item that nobody bought keeps random start values of its own: only what its features learned counts.
        factors[: log.items][np.bincount(pairs.item[chosen], minlength=log.items) == 0] = 0
        vectors = np.asarray(features @ factors, np.float32)
        return packed(self.name, unit(vectors), arrays["core_rows"])

    def candidates(self, shopper: Shopper, arrays: Arrays, context: Context, limit: int) -> NDArray[np.int32]:
        return nearest(self.name, shopper, arrays, limit)


def item_features(log: Log) -> sparse.csr_matrix:
    """[items, items + categories + groups + brands + departments]: each item itself and what it belongs to."""
    from scipy import sparse

    items, catalogue = log.items, log.catalogue
    blocks = [sparse.identity(items, np.float32, "csr")]
    for codes in (catalogue.category, catalogue.group, catalogue.brand, catalogue.department):
        ones = np.ones(items, np.float32)
        blocks.append(
            sparse.csr_matrix((ones, (np.arange(items), codes)), (items, int(codes.max(initial=0)) + 1))
        )
    return sparse.hstack(blocks, format="csr")


def nearest(name: str, shopper: Shopper, arrays: Arrays, limit: int) -> NDArray[np.int32]:
    """Popular core items by cosine to what the shopper likes; empty without vectors."""
    if shopper.fresh or f"{name}_vectors" not in arrays:
        return np.empty(0, np.int32)
    always, session = shopper.person(arrays, name)
    head = arrays["core_rows"][:HEAD]
    near = closeness(f"{name}_head", arrays, np.arange(len(head), dtype=np.int32), always + 4 * session)
    return head[best(near, limit)]


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length 1, or 0 where there is nothing."""
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)).astype(np.float32)
