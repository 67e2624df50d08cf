"""Items whose content vectors point where the shopper's recent items do; works for items nobody bought yet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..features import Context
from ..shopper import Shopper
from ..vectors import packed
from .base import Arrays, Log
from .hybrid import nearest, unit


class Content:
    """Cosine of the catalogue's own vectors, which any embedder may have made."""

    name = "content"

    def fit(self, log: Log, arrays: Arrays) -> dict[str, np.ndarray]:
        vectors = log.catalogue.vectors
        if vectors is None:
            return {}
        return packed(self.name, unit(vectors), arrays["core_rows"])

    def candidates(self, shopper: Shopper, arrays: Arrays, context: Context, limit: int) -> NDArray[np.int32]:
        return nearest(self.name, shopper, arrays, limit)
