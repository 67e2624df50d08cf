"""What a shopper really did, as happenings: their events, or what the imported history says of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec
from psycopg import Cursor

from profiles.models import Interaction
from tenants import vault
from tenants.crypto import Unreadable, unseal
from tenants.scope import Scope

from .story import Happening

MOST = 500
TRACK = 2
# What an event says of goods and money, and not of people.
GOODS = {
    "product_id", "productId", "item_id", "sku", "variant_id", "brand", "category", "quantity", "price", "currency",
    "revenue", "value", "total", "products",
}  # fmt: skip
_NAMES = {
    Interaction.Kind.VIEW: "Product Viewed",
    Interaction.Kind.CART: "Product Added",
    Interaction.Kind.REMOVE: "Product Removed",
    Interaction.Kind.CLICK: "Recommendation Clicked",
}


def own_events(
    cursor: Cursor, scope: Scope, profile_id: int, start: dt.datetime, days: int
) -> list[Happening]:
    """The shopper's events in the `days` from `start`; when there are none, those of the `days` before it."""
    span = dt.timedelta(days=days)
    for since in (start, start - span):
        found = _events(cursor, scope, profile_id, since, since + span)
        found = found or _history(cursor, scope, profile_id, since, since + span)
        if found:
            return found
    return []


def _events(
    cursor: Cursor, scope: Scope, profile_id: int, since: dt.datetime, until: dt.datetime
) -> list[Happening]:
    rows = cursor.execute(
        f"""SELECT handle, payload FROM "{scope.schema}".profiles_event
            WHERE profile_id = %b AND type = {TRACK} AND received_at >= %b AND received_at < %b + interval '1 day'
            ORDER BY received_at, id LIMIT {MOST}""",
        [profile_id, since, until],
        binary=True,
    ).fetchall()
    keys = vault.existing_person_keys(scope.tenant_id, {bytes(handle) for handle, _ in rows})
    found = []
    for handle, sealed in rows:
        key = keys.get(bytes(handle))
        if key is None:
            continue
        try:
            stored = msgspec.json.decode(unseal(key, bytes(sealed)))
        except (Unreadable, msgspec.MsgspecError):
            continue
        at = dt.datetime.fromtimestamp(stored["at"] / 1e6, dt.UTC)
        event = stored.get("event") or {}
        if since <= at < until and event.get("event"):
            found.append(Happening(at, str(event["event"]), event.get("properties") or {}))
    return sorted(found, key=lambda happening: happening.at)


def about_goods(happening: Happening) -> Happening:
    """The same event for who may not know the shopper."""
    return Happening(happening.at, happening.name, _goods(happening.properties))


def _goods(properties: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in properties.items() if name in GOODS}
    lines = kept.get("products")
    if "products" in kept:
        kept["products"] = (
            [_goods(line) for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []
        )
    return kept


def _history(
    cursor: Cursor, scope: Scope, profile_id: int, since: dt.datetime, until: dt.datetime
) -> list[Happening]:
    """Imported history has lines, not events: a purchase's lines are one order."""
    rows = cursor.execute(
        f"""SELECT f.at, f.kind, f.quantity, f.value, f.order_key, i.external_id
            FROM "{scope.schema}".profiles_interaction f JOIN "{scope.schema}".catalog_item i ON i.id = f.item_id
            WHERE f.profile_id = %b AND f.at >= %b AND f.at < %b ORDER BY f.at, f.id LIMIT {MOST}""",
        [profile_id, since, until],
        binary=True,
    ).fetchall()
    return list(_as_events(rows))


def _as_events(rows: Iterable[tuple]) -> Iterable[Happening]:
    orders: dict[tuple[int, dt.datetime], Happening] = {}
    for at, kind, quantity, value, order, item in rows:
        if kind == Interaction.Kind.PURCHASE:
            made = orders.get((order, at))
            if made is None:
                made = orders[order, at] = Happening(at, "Order Completed", {"products": [], "revenue": 0.0})
                yield made
            made.properties["products"].append({"product_id": item, "quantity": quantity})
            made.properties["revenue"] = round(made.properties["revenue"] + value, 2)
        elif kind in _NAMES:
            yield Happening(at, _NAMES[kind], {"product_id": item})
