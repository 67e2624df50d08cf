"""The one function that turns a shopper and candidate items into numbers, in training and in serving alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .columns import FEATURES, INDEX, ITEM_STATS, POPULARITY
from .compiled.features import compute
from .shopper import Shopper

__all__ = ["FEATURES", "INDEX", "ITEM_STATS", "POPULARITY", "Context", "Floats", "features"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Context:
    """Where and how an answer is asked for. ``place``: the store, -1 to use the shopper's own."""

    place: int = -1
    channel: str = ""


def features(
    shopper: Shopper,
    rows: NDArray[np.int32],
    arrays: Mapping[str, np.ndarray],
    context: Context,
    without: Sequence[Sequence[int]] | None = None,
) -> Floats:
    """Numbers of R candidates for one shopper: float32 [R, len(FEATURES)].

    ``rows``: catalogue rows. ``without``, when given, lists for each line positions among the shopper's items that it
    may not know of: line r is what the function would give for a history without them. Explanations rest on that
    equality.
    """
    rows = np.ascontiguousarray(rows, np.int32)
    if without is None:
        return compute(shopper, rows, arrays, context.place)
    sizes = [len(items) for items in without]
    start = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=start[1:])
    gone = np.fromiter((item for items in without for item in items), np.int32, int(start[-1]))
    return compute(shopper, rows, arrays, context.place, start, gone)
