"""Prices of products from their sales: the data has no price list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Fuel and the like are sold by the hundredth of a unit: there the line's value is what the shopper paid for it.
MEASURED_FROM = 100


def unit_prices(products: dict[str, NDArray[Any]], sales: dict[str, NDArray[Any]]) -> list[Decimal | None]:
    """Per product: the median unit price of its sales, else of its category's products, else of its department's."""
    sold = (sales["quantity"] > 0) & (sales["sales_value"] > 0)
    quantity = np.where(sales["quantity"][sold] < MEASURED_FROM, sales["quantity"][sold], 1)
    ids, prices = medians(sales["product_id"][sold], sales["sales_value"][sold] / quantity)
    own = np.full(len(products["product_id"]), np.nan)
    at = np.searchsorted(ids, products["product_id"])
    at[at == len(ids)] = 0
    own = np.where(ids[at] == products["product_id"], prices[at], np.nan)
    result = own.copy()
    for level in ("product_category", "department"):
        names = np.array([name or "" for name in products[level]])
        known = ~np.isnan(own)
        groups, typical = medians(names[known], own[known])
        place = np.clip(np.searchsorted(groups, names), 0, len(groups) - 1)
        result = np.where(np.isnan(result) & (groups[place] == names), typical[place], result)
    return [None if np.isnan(price) else Decimal(f"{max(price, 0.01):.2f}") for price in result.tolist()]


def medians(
    keys: NDArray[Any], values: NDArray[np.floating[Any]]
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Distinct keys, ascending, and the lower median of each one's values."""
    order = np.lexsort((values, keys))
    keys, values = keys[order], values[order]
    distinct, start, count = np.unique(keys, return_index=True, return_counts=True)
    return distinct, values[start + (count - 1) // 2].astype(np.float64)
