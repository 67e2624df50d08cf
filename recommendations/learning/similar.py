"""Items near given items: alike in content, or bought together with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled.reach import best, spread
from .sources.base import Arrays
from .vectors import closeness, unpacked

DEPTH = 120


def relatives(arrays: Arrays, seeds: NDArray[np.int32], kind: str) -> NDArray[np.int32]:
    """Catalogue rows, closest first, without the seeds. ``kind``: "similar" or "complement".

    Similar: cosine of content (and of the hybrid's factors, and shared category) plus co-purchase. Complement:
    co-purchase with items of other categories; an item of the seed's own category replaces it rather than adds to it.
    """
    if not len(seeds):
        return np.empty(0, np.int32)
    core_rows = arrays["core_rows"]
    inside = arrays["core_of"][seeds]
    pointed = np.zeros((1, len(core_rows)))
    spread(
        inside, np.ones((1, len(seeds)), np.float32), arrays["together_start"], arrays["together_target"],
        arrays["together_value"], pointed,
    )  # fmt: skip
    score = pointed[0].astype(np.float32)
    same = np.isin(arrays["category"][core_rows], arrays["category"][seeds])
    if kind == "complement":
        score[same] = 0
        if not score.any():  # bought with nothing yet: what sells in the neighbouring categories
            near = np.isin(arrays["department"][core_rows], arrays["department"][seeds]) & ~same
            score[near] = arrays["popular_heat"][near]
    else:
        for name in ("content", "hybrid"):
            if f"{name}_vectors" in arrays:
                middle = unpacked(name, arrays, seeds).mean(0).astype(np.float64)
                score += np.maximum(closeness(name, arrays, core_rows, middle), 0)
        score += 0.5 * same + 1e-3 * arrays["popular_heat"]
    score[inside[inside >= 0]] = 0
    return core_rows[best(score, DEPTH)]
