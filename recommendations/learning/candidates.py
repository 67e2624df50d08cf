"""From a whole catalogue to a few hundred items worth scoring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .compiled.reach import interleave
from .features import Context
from .shopper import S, Shopper
from .sources import SOURCES
from .sources.base import Arrays

LIMIT = 200
OWN = 150  # places kept for what the shopper knows, when there is so much
DEPTH = 90  # asked of each source of new items
_OWN = next(index for index, source in enumerate(SOURCES) if source.name == "repurchase")
_NOTHING = np.empty(0, np.int32)


@dataclass(frozen=True)
class Candidates:
    """Distinct catalogue rows, and for each the source that ranked it highest (a position in ``SOURCES``)."""

    rows: NDArray[np.int32]
    source: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.rows)


def gather(
    shopper: Shopper,
    arrays: Arrays,
    context: Context,
    *,
    allowed: NDArray[np.bool_] | None = None,
    new_only: bool = False,
    limit: int = LIMIT,
) -> Candidates:
    """Ask every source, keep what is allowed, the best of each source first, at most ``limit``.

    ``allowed``: bool [I], None for all. ``new_only`` leaves out what the shopper bought before.
    """
    lists: list[NDArray[np.int32]] = []
    for source in SOURCES:
        own = source is SOURCES[_OWN]
        named = source.candidates(shopper, arrays, context, 2_000 if own else DEPTH)
        if allowed is not None:
            kept = named[allowed[named]]
            if len(kept) < min(len(named), DEPTH // 2) and source.name == "popular":
                core = arrays["core_rows"]
                kept = core[allowed[core]][:DEPTH]
            named = kept
        lists.append(named[:OWN] if own else named)
    bought = shopper.rows[shopper.sums[:, S["bought"]] > 0] if new_only else _NOTHING
    # Own items first, then the sources in turn: everyone's first choice, everyone's second, …
    rows, named_by = interleave(lists, _OWN, bought, len(arrays["core_of"]), limit)
    return Candidates(rows, named_by)
