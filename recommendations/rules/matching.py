"""Which items a rule matches, over columns in memory. No database, no Django.

All conditions given must hold: one of the `item_ids`, under one of the `categories` (a path matches itself and
everything below it), of one of the `brands`, priced within `price_min`..`price_max` (both included; an item without
a price is outside any price range). Names are compared without regard to case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

CONDITIONS = ("item_ids", "categories", "brands", "price_min", "price_max")
PATH_SEPARATOR = " > "


class Columns(Protocol):
    """A catalogue as columns of one length. `category` indexes `category_names`; `price` is NaN when not known."""

    @property
    def category(self) -> NDArray[np.int32]: ...
    @property
    def category_names(self) -> Sequence[str]: ...
    @property
    def price(self) -> NDArray[np.float64]: ...
    @property
    def sellable(self) -> NDArray[np.bool_]: ...
    @property
    def brand(self) -> Any:
        """The brand's name by row."""

    def row_of(self, external_id: str) -> int:
        """The row of an item id, -1 when there is none."""

    def __len__(self) -> int: ...


def matched(columns: Columns, match: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Mask of the rows that a rule's conditions hold for; without any condition nothing is matched."""
    if not any(match.get(name) not in (None, [], ()) for name in CONDITIONS):
        return np.zeros(len(columns), bool)
    mask = np.ones(len(columns), bool)
    if match.get("item_ids"):
        mask = np.zeros(len(columns), bool)
        mask[rows_of_ids(columns, match["item_ids"])] = True
    if match.get("categories"):
        names = columns.category_names
        under = np.fromiter((is_under(name, match["categories"]) for name in names), bool, len(names))
        mask &= under[columns.category] if len(names) else False
    if match.get("price_min") is not None:
        mask &= columns.price >= float(match["price_min"])
    if match.get("price_max") is not None:
        mask &= columns.price <= float(match["price_max"])
    if match.get("brands"):
        # Last, on what is left: names are decoded row by row.
        wanted = {str(brand).casefold() for brand in match["brands"]}
        for row in np.flatnonzero(mask):
            mask[row] = columns.brand[int(row)].casefold() in wanted
    return mask


def rows_of_ids(columns: Columns, item_ids: Iterable[Any]) -> list[int]:
    """Rows in the order of the ids; ids that the catalogue does not know are left out."""
    return [row for row in (columns.row_of(str(item_id)) for item_id in item_ids) if row >= 0]


def is_under(path: str, categories: Iterable[str]) -> bool:
    folded = path.casefold()
    return any(
        folded == category.casefold() or folded.startswith(category.casefold() + PATH_SEPARATOR)
        for category in categories
    )
