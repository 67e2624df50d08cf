"""EASE on the most bought items: a linear item-to-item model with a closed form, kept as sparse neighbour lists."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled.reach import best
from ..features import Context
from ..shopper import Shopper
from .base import Arrays, Log, lists_by_source

ITEMS = 5_000
SHOPPERS = 12_000  # beyond it a seeded sample tells the same
NEIGHBOURS = 64
REGULARISATION = 300.0
CHUNK = 1_000


class Ease:
    """B = I - P diag(P)^-1 with P = (X'X + λI)^-1 (Steck, WWW 2019), X shopper × item.

    X holds the same fading weights, 0 to 1, that a shopper's profile has when it is served: closer to what is wanted
    next than plain bought-or-not.

    With fewer shoppers than items P comes from the shoppers' side (Woodbury): P = (I - X'(XX' + λI)^-1 X) / λ.
    """

    name = "ease"

    def fit(self, log: Log, arrays: Arrays) -> dict[str, np.ndarray]:
        size = min(ITEMS, len(arrays["core_rows"]))
        pairs = log.liked
        core = arrays["core_of"][pairs.item]
        keep = (core >= 0) & (core < size)
        people, person = np.unique(pairs.shopper[keep], return_inverse=True)
        rng = np.random.default_rng(log.seed)
        chosen = np.sort(rng.permutation(len(people))[:SHOPPERS])
        slot = np.full(len(people), -1)
        slot[chosen] = np.arange(len(chosen))
        matrix = np.zeros((len(chosen), size), np.float32)
        inside = slot[person] >= 0
        matrix[slot[person][inside], core[keep][inside]] = 1 - np.exp(-2 * pairs.faded[keep][inside])
        source, target, value = strongest(matrix, REGULARISATION * min(1.0, max(len(chosen), 50) / 2_000))
        return lists_by_source(source, target, value, size, self.name)

    def candidates(self, shopper: Shopper, arrays: Arrays, context: Context, limit: int) -> NDArray[np.int32]:
        if shopper.fresh:
            return np.empty(0, np.int32)
        return arrays["core_rows"][best(shopper.reach(arrays, self.name)[0], limit)]


def strongest(
    matrix: NDArray[np.float32], regularisation: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """The largest weights into each item: (source, target, value)."""
    from scipy import linalg  # here: web processes only read what was learned

    shoppers, items = matrix.shape
    if not shoppers or not items:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
    dual = shoppers < items
    square = matrix @ matrix.T if dual else matrix.T @ matrix
    square[np.diag_indices_from(square)] += regularisation
    inverse = linalg.inv(square, overwrite_a=True, check_finite=False)
    parts = []
    for low in range(0, items, CHUNK):
        high = min(low + CHUNK, items)
        here = np.arange(low, high)
        # Columns of B, the weights into items low..high.
        if dual:
            block = matrix.T @ (inverse @ matrix[:, low:high])
            block /= 1 - block[here, here - low]
        else:
            block = -inverse[:, low:high] / inverse[here, here]
        block[here, here - low] = 0
        count = min(NEIGHBOURS, items)
        best = np.argpartition(-np.abs(block), count - 1, axis=0)[:count]
        value = np.take_along_axis(block, best, 0)
        target = np.broadcast_to(here, best.shape)
        solid = np.abs(value) > 1e-5
        parts.append((best[solid], target[solid], value[solid]))
    source, target, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    return source, target, value
