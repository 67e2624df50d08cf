"""A shopper at one moment: a history summed up per distinct item, the form that features and sources read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .columns import NEVER, SUMS, S
from .compiled.reach import spread
from .compiled.sums import sum_up
from .compiled.vectors import add_up
from .history import ShopperHistory

__all__ = ["NEVER", "SUMS", "S", "Shopper"]

# By how many weights each sparse source is asked: profile, recent, session.
_REACHING = {"ease": 2, "together": 3}
_PERSONS = {"content": (0, 2), "hybrid": (0, 2), "factors": (3,)}


@dataclass(frozen=True)
class Shopper:
    """D distinct known items, ascending rows. Ages are days before ``now``; NEVER where there is none.

    ``sums`` float32[D, len(SUMS)]: purchase days in all, in windows and faded by half-lives; quantity; value; squared
    gaps; faded views and carts. ``weights`` float32[4, D]: how much each item says about taste (``WEIGHTS``).
    ``last``/``first``: age of the newest/oldest purchase; ``looked``: of the newest view.
    """

    rows: NDArray[np.int32]
    core: NDArray[np.int32]  # number in the artefact's core, -1 outside
    sums: NDArray[np.float32]
    weights: NDArray[np.float32]
    last: NDArray[np.float32]
    first: NDArray[np.float32]
    looked: NDArray[np.float32]
    visit_ages: NDArray[np.float32]  # of V shopping days, oldest first
    visit_start: NDArray[np.int32]  # visits of item d: visit_of[visit_start[d]:visit_start[d + 1]]
    visit_of: NDArray[np.int32]
    visit_other: NDArray[np.int32]  # [V] lines of items that the artefact does not know
    places: NDArray[np.int32]
    place_weights: NDArray[np.float32]  # [D, P]

    @property
    def profile(self) -> NDArray[np.float32]:
        """How much each item says about taste, 0 to 1: purchases of the last year, looks of the last days."""
        return self.weights[0]

    @property
    def session(self) -> NDArray[np.float32]:
        """How present each item is in the last day's looks, 0 to 1."""
        return self.weights[2]

    @cached_property
    def _memo(self) -> dict[str, NDArray[np.float64]]:
        """What sources and features both need of this shopper, computed once an answer."""
        return {}

    @property
    def fresh(self) -> bool:
        """Nothing known yet."""
        return not len(self.rows)

    @classmethod
    def of(
        cls, history: ShopperHistory, now: int, item_pk: NDArray[np.int64], core_of: NDArray[np.int32]
    ) -> Shopper:
        """Sum a history up at a moment; items that ``item_pk`` does not hold count as visits only."""
        return cls(
            *sum_up(
                history.item_pk, history.at, history.kind, history.quantity, history.value, history.place,
                now, item_pk, core_of,
            )
        )  # fmt: skip

    def reach(self, arrays: Mapping[str, np.ndarray], name: str) -> NDArray[np.float64]:
        """How strongly one sparse source points from the shopper's items to the core items that it covers: [W, C].

        A row each for the weights "profile", "recent" and, when it is asked for and there is one, "session".
        """
        if name not in self._memo:
            rows = _REACHING[name] if self.session.any() else 2
            start = arrays[f"{name}_start"]
            total = np.zeros((rows, len(start) - 1))
            spread(self.core, self.weights, start, arrays[f"{name}_target"], arrays[f"{name}_value"], total)
            self._memo[name] = total
        return self._memo[name]

    def person(self, arrays: Mapping[str, np.ndarray], name: str) -> NDArray[np.float64]:
        """Weighted sums of the shopper's items in a space of vectors.

        "content" and "hybrid": [2, K], by profile and by session; "factors": [1, K], by what follows the season.
        """
        key = f"{name} person"
        if key not in self._memo:
            place = self.core if name == "factors" else self.rows
            self._memo[key] = add_up(
                arrays[f"{name}_vectors"], arrays[f"{name}_scale"], place, self.weights, _PERSONS[name]
            )
        return self._memo[key]
