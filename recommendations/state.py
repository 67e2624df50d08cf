"""The shopper states that serving reads: kept with every processed batch, rebuilt from the facts at any time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from django.db import connection, transaction

from profiles.selectors import interactions_columns

from .learning.data import ShopperHistory

# What serving reads as a view (1), a cart (2) or a purchase (3); a click on a recommendation is a look at the item.
KIND = {1: 1, 2: 2, 3: 3, 6: 1}


def serving_kinds(kinds: np.ndarray) -> np.ndarray:
    """The kinds as serving knows them, 0 for those it does not use."""
    table = np.zeros(256, np.uint8)
    for kind, meaning in KIND.items():
        table[kind] = meaning
    return table[kinds]


def history_of(columns: dict[str, np.ndarray], part: Any) -> ShopperHistory:
    """A packed history from interaction columns (`at` in unix seconds)."""
    return ShopperHistory.of(
        columns["item_pk"][part],
        columns["at"][part],
        serving_kinds(columns["kind"][part]),
        columns["quantity"][part],
        columns["value"][part],
        columns["place"][part],
    )


def rebuild_states(schema: str, progress: Callable[[str, int, int], None] | None = None) -> int:
    """Make every shopper's state and the daily counts of items anew from the interactions; returns the shoppers."""
    columns = interactions_columns(schema)
    keep = serving_kinds(columns["kind"]) > 0
    columns = {name: column[keep] for name, column in columns.items()}
    order = np.argsort(columns["profile_id"], kind="stable")
    columns = {name: column[order] for name, column in columns.items()}
    shoppers, start = np.unique(columns["profile_id"], return_index=True)
    ends = [*start[1:], len(columns["profile_id"])]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{schema}".recommendations_shopperstate')
        with cursor.copy(
            f'COPY "{schema}".recommendations_shopperstate (profile_id, blob, updated_at) FROM STDIN'
        ) as copy:
            for number, (shopper, low, high) in enumerate(zip(shoppers, start, ends, strict=True)):
                blob = history_of(columns, slice(int(low), int(high))).pack()
                copy.write_row((int(shopper), blob, "now"))
                if progress and number % 500 == 0:
                    progress("shopper states", number, len(shoppers))
        _rebuild_item_days(cursor, schema)
    return len(shoppers)


def _rebuild_item_days(cursor: Any, schema: str) -> None:
    cursor.execute(f'DELETE FROM "{schema}".recommendations_itemday')
    cursor.execute(
        f"""INSERT INTO "{schema}".recommendations_itemday (day, item_id, views, carts, purchases, revenue)
            SELECT (at AT TIME ZONE 'UTC')::date, item_id, count(*) FILTER (WHERE kind IN (1, 6)),
                   count(*) FILTER (WHERE kind = 2), count(*) FILTER (WHERE kind = 3),
                   coalesce(sum(value) FILTER (WHERE kind = 3), 0)
            FROM "{schema}".profiles_interaction GROUP BY 1, 2"""
    )
