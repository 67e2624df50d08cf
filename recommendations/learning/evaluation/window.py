"""The window that judges: who bought what after a date, in all and new to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data import DAY, PURCHASE, Catalogue, Interactions
from .metrics import Relevant

SCOPES = ("all", "new")


@dataclass(frozen=True)
class Window:
    """Purchases in [``start``, ``end``) of every shopper who made one, given what happened before ``start``.

    ``log`` is sorted by shopper and reaches to ``end``: only judging may look past ``start``. ``bought``: keys
    (shopper × items + row, ascending) of everything each shopper bought before.
    """

    log: Interactions
    catalogue: Catalogue
    start: int
    end: int
    bought: NDArray[np.int64]
    shoppers: dict[str, NDArray[np.int32]]
    relevant: dict[str, Relevant]

    @classmethod
    def of(cls, interactions: Interactions, catalogue: Catalogue, start: int, days: float) -> Window:
        """Cut a log; it keeps every shopper with at least one relevant item, known before or not."""
        end = start + int(days * DAY)
        log = interactions.sorted_by_shopper().before(end)
        key = log.shopper.astype(np.int64) * max(len(catalogue), 1) + log.item
        buys = log.kind == PURCHASE
        bought = np.unique(key[buys & (log.at < start)])
        wanted = np.unique(key[buys & (log.at >= start)])
        fresh = wanted[~np.isin(wanted, bought)]
        shoppers, relevant = {}, {}
        for scope, keys in (("all", wanted), ("new", fresh)):
            person = keys // max(len(catalogue), 1)
            people, first = np.unique(person, return_index=True)
            shoppers[scope] = people.astype(np.int32)
            items = (keys % max(len(catalogue), 1)).astype(np.int32)
            relevant[scope] = Relevant(np.append(first, len(keys)), items)
        return cls(log, catalogue, start, end, bought, shoppers, relevant)

    def known(self) -> Interactions:
        """What a method may learn from."""
        return self.log.before(self.start)

    def bought_by(self, shopper: int) -> NDArray[np.int32]:
        """Catalogue rows that one shopper bought before the window."""
        items = max(len(self.catalogue), 1)
        low, high = np.searchsorted(self.bought, [shopper * items, (shopper + 1) * items])
        return (self.bought[low:high] - shopper * items).astype(np.int32)
