"""Item-to-item: what lands in one basket (or one browsing day) together, as sparse neighbour lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..compiled.reach import best
from ..data import DAY
from ..features import Context
from ..shopper import Shopper
from .base import Arrays, Log, lists_by_source

if TYPE_CHECKING:
    from scipy import sparse

NEIGHBOURS = 40
LARGEST_BASKET = 80  # beyond it a basket is a wholesale order and says nothing about pairs
SHRINK = 10.0
CHUNK = 2_000


class Together:
    """Shrunk cosine of basket co-occurrence: c(i,j) / (sqrt(c(i) c(j)) + shrink), after Linden et al. 2003."""

    name = "together"

    def fit(self, log: Log, arrays: Arrays) -> dict[str, np.ndarray]:
        from scipy import sparse  # here: web processes only read what was learned

        lines, size = log.interactions, len(arrays["core_rows"])
        core = arrays["core_of"][lines.item]
        day = lines.shopper.astype(np.int64) * 100_000 + lines.at // DAY
        basket = np.where(lines.order >= 0, lines.order, -1 - day)
        keep = core >= 0
        ids, number = np.unique(basket[keep], return_inverse=True)
        ones = np.ones(int(keep.sum()), np.float32)
        matrix = sparse.csr_matrix((ones, (number, core[keep])), (len(ids), size))
        matrix.data[:] = 1
        width = np.diff(matrix.indptr)
        matrix = matrix[(width > 1) & (width <= LARGEST_BASKET)]
        count = np.asarray(matrix.sum(0)).ravel()
        across = matrix.T.tocsr()
        parts = [_nearest(across[low : low + CHUNK] @ matrix, low, count) for low in range(0, size, CHUNK)]
        if not parts:
            parts = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))]
        source, target, value = (np.concatenate(column) for column in zip(*parts, strict=True))
        return lists_by_source(source, target, value, size, self.name)

    def candidates(self, shopper: Shopper, arrays: Arrays, context: Context, limit: int) -> NDArray[np.int32]:
        if shopper.fresh:
            return np.empty(0, np.int32)
        always, _, *session = shopper.reach(arrays, self.name)
        return arrays["core_rows"][best(always + 4 * session[0] if session else always, limit)]


def _nearest(
    counts: sparse.csr_matrix, low: int, count: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """The strongest neighbours of each row of a block of co-occurrence counts."""
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr)) + low
    keep = (counts.data >= 2) & (counts.indices != row)
    row, column, both = row[keep], counts.indices[keep], counts.data[keep]
    value = both / (np.sqrt(count[row] * count[column]) + SHRINK)
    order = np.lexsort((column, -value, row))
    row, column, value = row[order], column[order], value[order]
    first = np.searchsorted(row, row, side="left")
    best = np.arange(len(row)) - first < NEIGHBOURS
    return row[best].astype(np.int64), column[best].astype(np.int64), value[best].astype(np.float32)
