"""Lines of an order file: those of one order, one after another, are one event."""

from __future__ import annotations

from typing import Any

from .flat import products_line, take
from .layout import Layout
from .readers import Record
from .values import BadValue, moment, number

# Of one order; a file that has the same id everywhere must not fill the memory. So many make an event of some 400 kB.
MOST_LINES = 5_000
TOO_LONG = f"The order has more than {MOST_LINES:,} lines. Is this column the order id?"


def key(record: Record, column: str) -> str:
    """What the lines of one order have in common; "" when the record says no order."""
    return "" if record.problem else str((record.values or {}).get(column) or "").strip()


def order_event(lines: list[dict[str, Any]], layout: Layout) -> dict[str, Any]:
    """Order Completed, or Order Refunded when every line is negative. Raises `BadValue`.

    Some files say who and when on the first line of an order only (Shopify's do): a field is what the first line
    that has it says.
    """
    merged: dict[str, Any] = {}
    for values in lines:
        for name, value in take(values, layout).items():
            if value not in (None, "") and name not in merged:
                merged[name] = value
    if not merged.get("user_id"):
        raise BadValue("The order names no shopper.")
    if not merged.get("order_id"):
        raise BadValue("The line has no order id.")
    products = [line for values in lines if (line := products_line(take(values, layout), layout))]
    if not products:
        raise BadValue("The order has no product.")
    refund = all(line["quantity"] < 0 or line.get("price", 0) < 0 for line in products)
    if not refund and any(line["quantity"] < 0 for line in products):
        raise BadValue("The order has bought and returned lines: give returns an order id of their own.")
    for line in products:
        line["quantity"] = abs(line["quantity"])
        if "price" in line:
            line["price"] = abs(line["price"])
    properties: dict[str, Any] = {"order_id": str(merged["order_id"]).strip(), "products": products}
    total = number(merged.get("total"), layout, "total")
    if total is not None:
        properties["total"] = abs(total)
    for name in ("currency", "store_id", "channel"):
        if merged.get(name) not in (None, ""):
            properties[name] = merged[name]
    properties.update(
        {name.partition(".")[2]: v for name, v in merged.items() if name.startswith("properties.")}
    )
    return {
        "type": "track",
        "event": "Order Refunded" if refund else "Order Completed",
        "userId": str(merged["user_id"]).strip(),
        "timestamp": moment(merged.get("timestamp"), layout).isoformat(),
        **({"messageId": str(merged["message_id"])} if merged.get("message_id") else {}),
        "properties": properties,
    }
