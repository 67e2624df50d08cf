"""Low-rank smoothing of what shoppers buy: a truncated SVD, folded in linearly."""

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

RANK = 64
POWER = 3


class Factors:
    """PureSVD (Cremonesi et al. 2010) on faded purchase counts; score = (w V) V', w the shopper's own counts.

    The factors keep their length (it carries popularity) and nothing about a shopper is stored.
    """

    name = "factors"

    def fit(self, log: Log, arrays: Arrays) -> dict[str, np.ndarray]:
        from scipy import sparse  # here: web processes only read what was learned

        pairs, size = log.liked, len(arrays["core_rows"])
        core = arrays["core_of"][pairs.item]
        keep = core >= 0
        people, person = np.unique(pairs.shopper[keep], return_inverse=True)
        weight = np.log1p(2 * pairs.faded[keep])
        matrix = sparse.csr_matrix((weight.astype(np.float32), (person, core[keep])), (len(people), size))
        length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(1))).ravel()
        matrix = sparse.diags_array(1 / np.maximum(length, 1e-6)).astype(np.float32) @ matrix
        # The row behind the last core item stays zero: items outside the core point there.
        vectors = np.zeros((size + 1, RANK), np.float32)
        right = _right_factors(matrix.tocsr(), RANK, log.seed)
        vectors[:size, : right.shape[1]] = right
        return packed(self.name, vectors)

    def candidates(self, shopper: Shopper, arrays: Arrays, context: Context, limit: int) -> NDArray[np.int32]:
        if shopper.fresh:
            return np.empty(0, np.int32)
        (person,) = shopper.person(arrays, self.name)
        head = np.arange(min(HEAD, len(arrays["core_rows"])), dtype=np.int32)
        return arrays["core_rows"][best(closeness(self.name, arrays, head, person), limit)]


def _right_factors(matrix: sparse.csr_matrix, rank: int, seed: int) -> NDArray[np.float32]:
    """Right singular vectors [columns, ≤ rank] by randomised subspace iteration (Halko et al. 2011)."""
    rows, columns = matrix.shape
    rank = min(rank, rows, columns)
    if not rank:
        return np.zeros((columns, 0), np.float32)
    width = min(rank + 16, rows, columns)
    basis = np.random.default_rng(seed).standard_normal((columns, width)).astype(np.float32)
    transposed = matrix.T.tocsr()
    for _ in range(POWER):
        basis, _ = np.linalg.qr(transposed @ (matrix @ basis))
    _, _, rotation = np.linalg.svd(matrix @ basis, full_matrices=False)
    return (basis @ rotation.T)[:, :rank].astype(np.float32)
