"""What a candidate source is: it learns arrays from a log, and names likely items for a shopper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..data import DAY, PURCHASE, Catalogue, Interactions
from ..features import Context
from ..promotions import Promotions
from ..shopper import Shopper

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Pairs:
    """One line per (shopper, item) that met: days with contact, ages in days of the first and last, and ``faded``:
    those days weighted by 2^(-age / 180 days)."""

    shopper: NDArray[np.int32]
    item: NDArray[np.int32]
    days: NDArray[np.int32]
    first: NDArray[np.float32]
    last: NDArray[np.float32]
    faded: NDArray[np.float32]


@dataclass(frozen=True)
class Log:
    """What a fit may know: interactions before ``as_of``, sorted by shopper, with the distinct pairs in them.

    ``promotions``: the shop's calendar, None without one; it may reach past ``as_of``, `item_columns` says how far it
    is read.
    """

    interactions: Interactions
    catalogue: Catalogue
    as_of: int
    seed: int
    bought: Pairs
    met: Pairs
    promotions: Promotions | None = None

    @classmethod
    def of(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        as_of: int,
        seed: int,
        promotions: Promotions | None = None,
    ) -> Log:
        """Cut a log (sorted by shopper) at a moment."""
        known = interactions.before(as_of)
        buys = known.kind == PURCHASE
        bought = _pairs(known, buys, as_of, len(catalogue))
        met = bought if bool(buys.all()) else _pairs(known, np.ones(len(known), bool), as_of, len(catalogue))
        return cls(known, catalogue, as_of, seed, bought, met, promotions)

    @property
    def items(self) -> int:
        return len(self.catalogue)

    @property
    def age(self) -> NDArray[np.float32]:
        """Days before ``as_of`` of every line."""
        return ((self.as_of - self.interactions.at) / DAY).astype(np.float32)

    @property
    def liked(self) -> Pairs:
        """The pairs that models learn taste from: purchases, or every contact while purchases are rare."""
        return self.bought if len(self.bought.item) * 4 >= len(self.met.item) else self.met


class Source(Protocol):
    """A way to find candidates. Stateless: what it learns are named arrays that the artefact keeps."""

    name: str

    def fit(self, log: Log, arrays: Arrays) -> dict[str, np.ndarray]:
        """Arrays to add, their names beginning with the source's own. ``arrays``: what was learned before it."""
        ...

    def candidates(self, shopper: Shopper, arrays: Arrays, context: Context, limit: int) -> NDArray[np.int32]:
        """At most ``limit`` distinct catalogue rows, the likeliest first; none when it has nothing to say."""
        ...


def _pairs(log: Interactions, keep: NDArray[np.bool_], as_of: int, items: int) -> Pairs:
    """Distinct pairs of the chosen lines; a purchase counts once a day."""
    chosen = np.flatnonzero(keep)
    key = log.shopper[chosen].astype(np.int64) * max(items, 1) + log.item[chosen]
    order = np.argsort(key, kind="stable")  # time still ascends within a pair
    key, at = key[order], log.at[chosen[order]]
    if not len(key):
        none, ages = np.empty(0, np.int32), np.empty(0, np.float32)
        return Pairs(none, none, none, ages, ages, ages)
    new = np.concatenate([[True], key[1:] != key[:-1]])
    day = at // DAY
    once = new | np.concatenate([[True], day[1:] != day[:-1]])
    start = np.flatnonzero(new)
    end = np.concatenate([start[1:], [len(key)]]) - 1
    days = np.add.reduceat(once.astype(np.int32), start)
    pair = key[start]
    age = (as_of - at) / DAY
    return Pairs(
        (pair // max(items, 1)).astype(np.int32),
        (pair % max(items, 1)).astype(np.int32),
        days,
        age[start].astype(np.float32),
        age[end].astype(np.float32),
        np.add.reduceat(once * np.exp2(-age / 180), start).astype(np.float32),
    )


def lists_by_source(
    source: NDArray, target: NDArray, value: NDArray, size: int, name: str
) -> dict[str, np.ndarray]:
    """Neighbour lists as three arrays: list of item i is ``start[i]:start[i+1]`` of target and value.

    Two bytes each for an item and its weight, which is the upper half of a float32, rounded.
    """
    if size > np.iinfo(np.uint16).max:
        raise ValueError("neighbour lists number at most 65,535 items")
    order = np.argsort(source, kind="stable")
    start = np.searchsorted(source[order], np.arange(size + 1)).astype(np.int32)
    return {
        f"{name}_start": start,
        f"{name}_target": target[order].astype(np.uint16),
        f"{name}_value": _halves(value[order]),
    }


def _halves(value: NDArray) -> NDArray[np.uint16]:
    bits = np.ascontiguousarray(value, np.float32).view(np.uint32)
    return ((bits + 0x8000) >> 16).astype(np.uint16)
