"""Items of the catalogue as message templates show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.formats import number_format

from catalog.models import Item
from tenants.db import tenant_connection

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
MOST = 20


def ids_in(event: Mapping[str, Any]) -> tuple[str, ...]:
    """The items that an event is about, from its properties or the lines of its order."""
    properties = event.get("properties") or {}
    lines = properties.get("products")
    lines = lines if isinstance(lines, list) else [properties]
    found = [
        # Postgres knows no NUL, and would refuse the whole query.
        str(line[name]).replace("\x00", "")
        for line in lines
        if isinstance(line, dict)
        for name in ("product_id", "productId", "item_id", "sku")
        if isinstance(line.get(name), str | int)
    ]
    return tuple(dict.fromkeys(filter(None, found)))[:MOST]


def rows_of(schema: str, ids: Sequence[str]) -> dict[str, Item]:
    """By item id; what the catalogue does not list is absent."""
    if not ids:
        return {}
    with tenant_connection(schema):
        return {
            item.external_id: item
            for item in Item.objects.filter(external_id__in=ids).exclude(status=Item.Status.UNLISTED)
        }


def items_of(schema: str, ids: Sequence[str], base: str, currency: str) -> list[dict[str, Any]]:
    """What templates may say of each: item_id, title, url, image, category, brand, price and price_label."""
    rows = rows_of(schema, ids)
    return [
        {
            "item_id": key,
            "title": rows[key].title,
            "url": url_of(rows[key], base),
            "image": rows[key].image,
            "category": rows[key].category,
            "brand": rows[key].brand,
            "price": float(price) if (price := rows[key].price) is not None else None,
            "price_label": price_label(rows[key].price, rows[key].currency or currency),
        }
        for key in ids
        if key in rows
    ]


def url_of(item: Item | None, base: str, item_id: str = "") -> str:
    """Where the item is shown: its own address in the shop, else the shop window's page."""
    if item is not None and item.url.startswith(("http://", "https://")):
        return item.url
    return f"{base}/shop/item/{item.external_id if item else item_id}/"


def price_label(price: Any, currency: str) -> str:
    """12.5 USD → "$12.50"; "" when there is no price."""
    if price is None:
        return ""
    amount = number_format(price, decimal_pos=0 if currency == "JPY" else 2, use_l10n=False)
    sign = _SIGNS.get(currency)
    return f"{sign}{amount}" if sign else f"{amount} {currency}".strip()
