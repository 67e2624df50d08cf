"""Answers from an artefact: pure functions of what is given, safe to call from many threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .artefact import Artefact, load
from .candidates import LIMIT, Candidates, gather
from .data import rows_of
from .features import FEATURES, INDEX, Context, Floats, features
from .history import VIEW, ShopperHistory
from .shopper import Shopper
from .similar import relatives
from .sources import SOURCES

__all__ = ["Artefact", "Context", "Ranked", "load", "recommend"]

# However few are asked for, so many candidates are scored exactly.
LEAST_EXACT = 100
Kind = Literal["user", "similar", "complement", "trending"]


@dataclass(frozen=True)
class Ranked:
    """An answer, best first. ``rows`` are catalogue rows of the artefact (``artefact.item_pk[rows]`` are the keys).

    ``scores``: 0 to 1. ``source``: the candidate source that ranked each item highest. ``considered``: candidates
    scored. ``numbers`` float32 [k, F]: the features behind each score, for traces. ``shopper``: the history summed up,
    which `explain` takes over instead of summing again.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    source: list[str]
    considered: int
    numbers: Floats
    shopper: Shopper

    def contributions(self, position: int) -> dict[str, float]:
        """The features of one answered item that are not at their resting value, by name."""
        return {
            name: round(float(value), 4)
            for name, value in zip(FEATURES, self.numbers[position], strict=True)
            if value not in (0.0, 999.0)
        }


def recommend(
    artefact: Artefact,
    history: ShopperHistory,
    now: int,
    *,
    k: int = 10,
    context: Context | None = None,
    session: Sequence[int] = (),
    exclude: NDArray | Sequence[int] | None = None,
    allowed: NDArray[np.bool_] | None = None,
    placement_kind: Kind = "user",
    seed_items: Sequence[int] = (),
    scope: Literal["all", "new"] = "all",
    limit: int = LIMIT,
) -> Ranked:
    """The k likeliest items for a shopper at ``now`` (unix seconds); fewer when fewer are allowed.

    ``session``: keys of items looked at just now and not yet in the history. ``exclude``: a bool mask [I] or catalogue
    rows never to answer. ``allowed``: bool [I]. ``seed_items``: keys that "similar" and "complement" start from.
    ``scope="new"``: only items that the shopper has not bought, scored by the head that learned on those.
    """
    context = context or Context()
    mask = _mask(artefact, exclude, allowed)
    shopper = artefact.shopper(looked_at(history, session, now), now)
    found = _candidates(artefact, shopper, context, placement_kind, seed_items, mask, scope, limit)
    numbers = features(shopper, found.rows, artefact.arrays, context)
    scores = artefact.ranker.score(numbers, scope, best=max(LEAST_EXACT, k + k // 3))
    if placement_kind in ("similar", "complement") and len(found):
        # Closeness to the seed leads, what the shopper would buy decides between the close ones.
        closeness = np.linspace(1.0, 0.0, len(found), endpoint=False, dtype=np.float32)
        scores = 0.7 * closeness + 0.3 * scores
    elif placement_kind == "trending":
        scores = scores * np.exp(np.clip(numbers[:, INDEX["trend"]], -1, 1))
        scores = scores / (1 + scores)
    best = np.argsort(-scores, kind="stable")[:k]
    names = [SOURCES[index].name for index in found.source[best]]
    return Ranked(
        found.rows[best], scores[best].astype(np.float32), names, len(found), numbers[best], shopper
    )


def looked_at(history: ShopperHistory, session: Sequence[int], now: int) -> ShopperHistory:
    """The history with looks of this very moment added."""
    return history.append(np.asarray(session, np.int64), now, VIEW) if len(session) else history


def _candidates(
    artefact: Artefact,
    shopper: Shopper,
    context: Context,
    kind: Kind,
    seeds: Sequence[int],
    mask: NDArray[np.bool_] | None,
    scope: str,
    limit: int,
) -> Candidates:
    arrays = artefact.arrays
    if kind == "user":
        return gather(shopper, arrays, context, allowed=mask, new_only=scope == "new", limit=limit)
    if kind == "trending":
        core = arrays["core_rows"]
        rows = core if mask is None else core[mask[core]]
        return Candidates(rows[:limit], np.full(min(limit, len(rows)), _number("popular"), np.int8))
    known = rows_of(artefact.item_pk, np.asarray(seeds, np.int64))
    rows = relatives(arrays, known[known >= 0], kind)
    rows = rows if mask is None else rows[mask[rows]]
    name = "together" if kind == "complement" else "content"
    found = Candidates(rows[:60].astype(np.int32), np.full(min(60, len(rows)), _number(name), np.int8))
    return found if len(found) else _candidates(artefact, shopper, context, "user", (), mask, scope, limit)


def _mask(
    artefact: Artefact, exclude: NDArray | Sequence[int] | None, allowed: NDArray[np.bool_] | None
) -> NDArray[np.bool_] | None:
    if exclude is None or not len(exclude):
        return allowed
    banned = np.asarray(exclude)
    if banned.dtype == np.bool_:
        return ~banned if allowed is None else allowed & ~banned
    mask = np.ones(len(artefact.item_pk), bool) if allowed is None else allowed.copy()
    mask[banned.astype(np.int64)] = False
    return mask


def _number(name: str) -> int:
    return next(index for index, source in enumerate(SOURCES) if source.name == name)
