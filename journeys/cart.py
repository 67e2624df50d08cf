"""What lies in a shopper's cart: put in, not taken out again, not ordered since. In memory; `read_carts` has the stored acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import Cursor

from profiles.models import Interaction

from .facts import folded

Kind = Interaction.Kind
# Shops forget carts too; who put something in longer ago has most likely lost it.
SPAN = dt.timedelta(days=30)
_ACTS = {"product added": Kind.CART, "product removed": Kind.REMOVE, "order completed": Kind.PURCHASE}
_NAMES = ("product_id", "productId", "id", "item_id", "sku")
# Stands for what an event without an item id put in.
UNNAMED = ""


class Cart:
    """Acts are taken in their order. Removing more than there is leaves none; an order empties it."""

    def __init__(self) -> None:
        self._amounts: dict[str, float] = {}

    @property
    def items(self) -> tuple[str, ...]:
        """Item ids, the one put in last at the end; an item whose event named none is `UNNAMED`."""
        return tuple(self._amounts)

    def take(self, kind: int, item: str, quantity: float) -> None:
        if kind == Kind.PURCHASE:
            self._amounts.clear()
        elif kind == Kind.CART:
            self._amounts[item] = self._amounts.pop(item, 0.0) + (quantity or 1.0)
        elif kind == Kind.REMOVE:
            left = self._amounts.get(item, 0.0) - quantity
            if left > 0:
                self._amounts[item] = left
            else:
                self._amounts.pop(item, None)

    def happened(self, name: str, properties: Mapping[str, Any]) -> None:
        """An event as it came, for those that are not stored."""
        kind = _ACTS.get(folded(name))
        if kind is not None:
            self.take(kind, named_item(properties), _quantity(properties))


def with_start(items: tuple[str, ...], event: Mapping[str, Any]) -> tuple[str, ...]:
    """The stored acts name their items; a starting event that put in a nameless one is not among them."""
    properties = event.get("properties") or {}
    if folded(str(event.get("name", ""))) == "product added" and not named_item(properties):
        return (*items, UNNAMED)
    return items


def read_carts(cursor: Cursor, schema: str, profile_ids: Iterable[int], now: dt.datetime) -> dict[int, Cart]:
    """The carts just before `now`, by profile, in one query; absent: nothing was put in for `SPAN`."""
    rows = cursor.execute(
        f"""SELECT f.profile_id, f.kind, i.external_id, f.quantity
            FROM "{schema}".profiles_interaction f JOIN "{schema}".catalog_item i ON i.id = f.item_id
            WHERE f.profile_id = ANY(%b::bigint[]) AND f.at > %b AND f.at < %b
              AND (f.kind IN ({Kind.CART}, {Kind.REMOVE}) OR f.kind = {Kind.PURCHASE} AND f.place < 0)
            ORDER BY f.profile_id, f.at, f.id""",
        [list(set(profile_ids)), now - SPAN, now],
        binary=True,
    ).fetchall()
    carts: dict[int, Cart] = {}
    for profile, kind, item, quantity in rows:
        carts.setdefault(profile, Cart()).take(kind, item, quantity)
    return carts


def named_item(properties: Mapping[str, Any]) -> str:
    """The item an event names, under the names that the tracking spec knows; "" when it names none."""
    found = next((properties[name] for name in _NAMES if properties.get(name) not in (None, "")), "")
    return str(found) if isinstance(found, str | int) else ""


def _quantity(properties: Mapping[str, Any]) -> float:
    try:
        return max(float(properties.get("quantity", 1)), 0.0)
    except (TypeError, ValueError):
        return 1.0
