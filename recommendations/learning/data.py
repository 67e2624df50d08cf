"""What learning reads: a shop's interactions and catalogue as plain columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .history import CART, LIMIT, PURCHASE, VIEW, BadHistory, ShopperHistory

__all__ = ["CART", "LIMIT", "PURCHASE", "VIEW", "BadHistory", "Catalogue", "Interactions", "ShopperHistory"]

DAY = 86_400


@dataclass(frozen=True)
class Catalogue:
    """The items of a shop; row r of every array is one item, ``item_pk`` ascending.

    ``category`` is the leaf, ``group`` the second level of its path, ``department`` the first; ids index the name
    tuples. ``price`` 0 means unknown; ``first_seen``: unix seconds, 0 unknown; ``vectors``: unit content vectors.
    """

    item_pk: NDArray[np.int64]
    external_id: NDArray[np.bytes_]
    category: NDArray[np.int32]
    group: NDArray[np.int32]
    department: NDArray[np.int32]
    brand: NDArray[np.int32]
    price: NDArray[np.float32]
    first_seen: NDArray[np.int64]
    vectors: NDArray[np.float32] | None = None
    category_names: Sequence[str] = ()
    department_names: Sequence[str] = ()
    brand_names: Sequence[str] = ()

    def __post_init__(self) -> None:
        if len(self.item_pk) > 1 and not bool(np.all(np.diff(self.item_pk) > 0)):
            raise ValueError("item_pk must ascend without repeats")
        for name in ("external_id", "category", "group", "department", "brand", "price", "first_seen"):
            if len(getattr(self, name)) != len(self.item_pk):
                raise ValueError(f"{name} has another length than item_pk")
        if self.vectors is not None and len(self.vectors) != len(self.item_pk):
            raise ValueError("vectors has another length than item_pk")

    def __len__(self) -> int:
        return len(self.item_pk)

    @classmethod
    def build(
        cls,
        *,
        item_pk: Sequence[int] | NDArray[np.int64],
        external_id: Sequence[str],
        category_path: Sequence[str],
        brand: Sequence[str],
        price: Sequence[float] | NDArray[np.floating],
        first_seen: Sequence[int] | NDArray[np.int64] | int = 0,
        vectors: NDArray[np.float32] | None = None,
    ) -> Catalogue:
        """From parallel columns in any order; ``category_path`` is "Department > Group > Leaf" of any depth."""
        keys = np.asarray(item_pk, np.int64)
        order = np.argsort(keys, kind="stable")
        paths = [[part.strip() for part in path.split(">")] for path in category_path]
        leaf, leaf_names = _codes([" > ".join(path) for path in paths])
        group, _ = _codes([" > ".join(path[:2]) for path in paths])
        department, department_names = _codes([path[0] for path in paths])
        brands, brand_names = _codes(list(brand))
        seen = np.broadcast_to(np.asarray(first_seen, np.int64), keys.shape)
        return cls(
            keys[order],
            np.asarray([value.encode() for value in external_id], np.bytes_)[order]
            if len(keys)
            else np.empty(0, "S1"),
            leaf[order],
            group[order],
            department[order],
            brands[order],
            np.nan_to_num(np.asarray(price, np.float32))[order],
            np.ascontiguousarray(seen[order]),
            None if vectors is None else np.ascontiguousarray(vectors[order], np.float32),
            leaf_names,
            department_names,
            brand_names,
        )

    def rows_of(self, item_pk: NDArray[np.int64]) -> NDArray[np.int32]:
        """Rows of these keys, -1 where the catalogue has none."""
        return rows_of(self.item_pk, item_pk)


@dataclass(frozen=True)
class Interactions:
    """What shoppers did, one line each, in any order; all columns have one length.

    ``item`` is a row of the catalogue; ``at`` unix seconds; ``kind`` 1 view, 2 cart, 3 purchase; ``value`` the line's
    amount; ``order`` groups the lines of one basket (-1: none); ``place`` the store (-1 unknown).
    """

    shopper: NDArray[np.int32]
    item: NDArray[np.int32]
    at: NDArray[np.int64]
    kind: NDArray[np.uint8]
    quantity: NDArray[np.float32]
    value: NDArray[np.float32]
    order: NDArray[np.int64]
    place: NDArray[np.int32]
    # Where each shopper's lines begin once sorted; empty while unsorted.
    start: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        if any(len(column) != len(self.shopper) for column in self.columns()):
            raise ValueError("the columns of interactions must have one length")

    def __len__(self) -> int:
        return len(self.shopper)

    def columns(self) -> tuple[np.ndarray, ...]:
        return (
            self.shopper,
            self.item,
            self.at,
            self.kind,
            self.quantity,
            self.value,
            self.order,
            self.place,
        )

    @property
    def shoppers(self) -> int:
        """One more than the largest shopper number."""
        return int(self.shopper.max()) + 1 if len(self) else 0

    def where(self, keep: np.ndarray) -> Interactions:
        """The lines of a mask or of positions, unsorted state."""
        return Interactions(*(column[keep] for column in self.columns()))

    def before(self, at: int) -> Interactions:
        """Only what happened strictly before a moment; keeps the order by shopper and time."""
        return self.where(self.at < at).sorted_by_shopper(presorted=bool(len(self.start)))

    def sorted_by_shopper(self, *, presorted: bool = False) -> Interactions:
        """By shopper, then time, with ``start[s]:start[s+1]`` the lines of shopper s."""
        columns = self.columns()
        if not presorted:
            order = np.lexsort((self.at, self.shopper))
            columns = tuple(column[order] for column in columns)
        shopper, item, at, kind, quantity, value, order_, place = columns
        start = np.searchsorted(shopper, np.arange(self.shoppers + 1))
        return Interactions(shopper, item, at, kind, quantity, value, order_, place, start)

    def history(self, shopper: int, catalogue: Catalogue, before: int) -> ShopperHistory:
        """What serving would have known of a shopper at a moment. Needs ``sorted_by_shopper``."""
        low, high = (
            (int(self.start[shopper]), int(self.start[shopper + 1]))
            if shopper + 1 < len(self.start)
            else (0, 0)
        )
        high = low + int(np.searchsorted(self.at[low:high], before, side="left"))
        part = slice(max(low, high - LIMIT), high)
        return ShopperHistory(
            catalogue.item_pk[self.item[part]], self.at[part], self.kind[part], self.quantity[part], self.value[part],
            self.place[part],
        )  # fmt: skip


def rows_of(known: NDArray[np.int64], item_pk: NDArray[np.int64]) -> NDArray[np.int32]:
    """Positions of keys in an ascending array, -1 for strangers."""
    if not len(known):
        return np.full(len(item_pk), -1, np.int32)
    position = np.searchsorted(known, item_pk)
    position[position == len(known)] = 0
    return np.where(known[position] == item_pk, position, -1).astype(np.int32)


def _codes(values: list[str]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    names = sorted(set(values))
    number = {name: index for index, name in enumerate(names)}
    return np.fromiter((number[value] for value in values), np.int32, len(values)), tuple(names)
