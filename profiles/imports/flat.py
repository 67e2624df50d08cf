"""One flat line as an event of the tracking spec."""

from __future__ import annotations

from typing import Any

import orjson

from .layout import Layout
from .values import BadValue, free, moment, number

# What other systems call the acts that have a name in the spec.
NAMES = {
    "view": "Product Viewed", "view_item": "Product Viewed", "product_view": "Product Viewed",
    "add_to_cart": "Product Added", "cart": "Product Added", "remove_from_cart": "Product Removed",
    "add_to_wishlist": "Product Added to Wishlist", "remove_from_wishlist": "Product Removed from Wishlist",
    "begin_checkout": "Checkout Started", "checkout": "Checkout Started",
    "purchase": "Order Completed", "buy": "Order Completed", "order": "Order Completed", "transaction": "Order Completed",
    "refund": "Order Refunded", "return": "Order Refunded",
}  # fmt: skip
_ORDERS = ("order completed", "order refunded")


def take(values: dict[str, Any], layout: Layout) -> dict[str, Any]:
    """Field → value of the mapped columns; free properties and traits as "properties.x"."""
    found = {}
    for column, meaning in layout.mapping.items():
        value = values.get(column)
        if meaning and value is not None and value != "":
            found[meaning] = free(value, layout) if meaning.startswith("properties.") else value
    return found


def flat_event(values: dict[str, Any], layout: Layout) -> dict[str, Any]:
    """An event with its properties; of a product's or an order's with the product in its place. Raises `BadValue`."""
    given = take(values, layout)
    event = {**who_of(given), "timestamp": moment(given.get("timestamp"), layout).isoformat()}
    kind = str(given.get("type") or "track").strip().lower()
    name = str(given.get("event") or layout.event or "").strip()
    name = NAMES.get(name.lower().replace(" ", "_"), name)
    event["type"] = kind
    if kind == "track":
        event["event"] = name
    elif name:
        event["name"] = name
    properties = {**_document(given, "properties"), **_group(given, "properties.")}
    for field in ("order_id", "currency", "store_id", "channel"):
        if field in given:
            properties[field] = given[field]
    total = number(given.get("total"), layout, "total")
    if total is not None:
        properties["total"] = total
    line = products_line(given, layout)
    if line and name.lower() in _ORDERS:
        properties.setdefault("products", [line])
    elif line:
        properties.update(line)
    traits = {**_document(given, "traits"), **_traits(given)}
    if kind in ("identify", "group"):
        event["traits"] = {**properties, **traits}
    else:
        event["properties"] = properties
    context = _document(given, "context")
    if traits and kind not in ("identify", "group"):
        context["traits"] = {**traits, **(context.get("traits") or {})}
    if context:
        event["context"] = context
    return event


def profile_event(values: dict[str, Any], layout: Layout) -> dict[str, Any]:
    """An identify call with the person's traits; its time is the column's, else the file's `as_of`."""
    given = take(values, layout)
    at = moment(given.get("timestamp") or layout.as_of, layout)
    return {
        "type": "identify",
        **who_of(given),
        "timestamp": at.isoformat(),
        "traits": {**_document(given, "traits"), **_traits(given), **_group(given, "properties.")},
    }


def products_line(given: dict[str, Any], layout: Layout) -> dict[str, Any]:
    """The product of a line; its price from the line's total where only that is said. Empty when it names none."""
    if given.get("product_id") in (None, ""):
        return {}
    quantity = number(given.get("quantity"), layout, "quantity")
    price = number(given.get("price"), layout, "price")
    total = number(given.get("line_total"), layout, "price of the line")
    quantity = 1.0 if quantity is None else quantity
    if price is None and total is not None:
        price = total / quantity if quantity else total
    line = {"product_id": str(given["product_id"]).strip(), "quantity": quantity}
    return line if price is None else {**line, "price": round(price, 6)}


def who_of(given: dict[str, Any]) -> dict[str, Any]:
    """The ids of a line, as the spec calls them."""
    names = {"user_id": "userId", "anonymous_id": "anonymousId", "message_id": "messageId"}
    return {key: _id(given[name]) for name, key in names.items() if given.get(name) not in (None, "")}


def _id(value: Any) -> str:
    # Spreadsheets and data frames make 1228.0 out of the id 1228.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _traits(given: dict[str, Any]) -> dict[str, Any]:
    said = {name: str(given[name]).strip() for name in ("email", "phone") if given.get(name)}
    return {**_group(given, "traits."), **said}


def _group(given: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix)}


def _document(given: dict[str, Any], name: str) -> dict[str, Any]:
    """A column that holds a whole object: a struct of Parquet, or JSON as text. Raises `BadValue`."""
    value = given.get(name)
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise BadValue(f"The column of {name} is not JSON.") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadValue(f"The column of {name} is not a JSON object.")
    return {key: part for key, part in value.items() if part is not None}
