"""What the tracking spec's event names mean: typed facts about items, and counts per day."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from ..features import buckets
from ..features.kinds import COUNTS
from ..models import Interaction
from .channels import channel_of, place_of
from .decode import SCREEN, Occurrence

Kind = Interaction.Kind
MAX_ITEM_ID = 100

# One item, described by the event's own properties. Names of the e-commerce spec, version 2, then those of version 1.
_ITEM_EVENTS = {
    "product viewed": Kind.VIEW,
    "product clicked": Kind.VIEW,
    "product added": Kind.CART,
    "product removed": Kind.REMOVE,
    "product added to wishlist": Kind.WISH,
    "product removed from wishlist": Kind.UNWISH,
    "wishlist product added to cart": Kind.CART,
    "recommendation clicked": Kind.CLICK,
    "viewed product": Kind.VIEW,
    "added product": Kind.CART,
    "removed product": Kind.REMOVE,
}
# Lines in properties.products: an order, and what comes back of one. What an order becomes by those that change it
# (None: it says nothing of its own) depends on all of them together: see `orders`.
ORDER_EVENTS: dict[str, Kind | None] = {
    "order completed": Kind.PURCHASE,
    "completed order": Kind.PURCHASE,
    "order refunded": Kind.REFUND,
    "order cancelled": Kind.REFUND,
    "order canceled": Kind.REFUND,
    "order updated": None,
    "updated order": None,
}
COMPLETED = frozenset({"order completed", "completed order"})
CANCELLED = frozenset({"order cancelled", "order canceled"})
_COUNTED = {
    "email delivered": buckets.EMAIL_SENT,
    "email sent": buckets.EMAIL_SENT,
    "email opened": buckets.EMAIL_OPEN,
    "email link clicked": buckets.EMAIL_CLICK,
    "application opened": buckets.APP,
}
# Of our own messages, which have other channels too.
_OWN_MAIL = {"message opened": buckets.EMAIL_OPEN, "message clicked": buckets.EMAIL_CLICK}


class BadFact(ValueError):
    """The event can't be understood; the message says why."""


@dataclass(slots=True)
class Fact:
    """One line: this item, so many, worth so much (of the order, or of the shown price)."""

    item_id: str
    kind: int
    quantity: float
    value: float
    order_key: int
    place: int
    channel: str


def facts_of(event: Occurrence) -> list[Fact]:
    """The interactions that an event stands for; raises `BadFact`."""
    name = event.name.strip().lower() if event.type == 2 else ""
    kind = _ITEM_EVENTS.get(name)
    if kind is not None:
        lines: list[dict[str, Any]] = [event.properties]
    elif name in ORDER_EVENTS:
        kind = ORDER_EVENTS[name]
        lines = products_of(event)
        if kind is None:
            return []
    else:
        return []
    return lines_of(event, kind, lines)


def products_of(event: Occurrence) -> list[dict[str, Any]]:
    """The lines that an event about an order names; raises `BadFact`."""
    products = event.properties.get("products")
    if products is not None and not isinstance(products, list):
        raise BadFact("“products” must be a list")
    return [line for line in products or [] if isinstance(line, dict)]


def lines_of(event: Occurrence, kind: int, lines: Iterable[dict[str, Any]]) -> list[Fact]:
    """`lines`, as acts of this kind by `event`; those that name no item are left out. Raises `BadFact`."""
    order = key_of_order(event.properties)
    place = place_of(event.properties)
    channel = channel_of(event)
    return [
        Fact(item, int(kind), quantity, _value(kind, line, quantity), order, place, channel)
        for line in lines
        if (item := _item_id(line))
        for quantity in (_quantity(line, signed=kind == Kind.REFUND),)
    ]


def counts_of(event: Occurrence, facts: list[Fact]) -> Iterator[tuple[str, float]]:
    """(name, amount) for the day's bucket."""
    if event.type == 3:
        yield buckets.PAGE_VIEW, 1
    elif event.type == SCREEN:
        yield buckets.PAGE_VIEW, 1
        yield buckets.APP, 1
    elif event.type == 2:
        name = event.name.strip().lower()
        if name in _COUNTED:
            yield _COUNTED[name], 1
        elif name in _OWN_MAIL and event.properties.get("channel") == "email":
            yield _OWN_MAIL[name], 1
        if name in COMPLETED:
            yield buckets.ORDER, 1
            yield buckets.REVENUE, order_value(event.properties) if event.worth is None else event.worth
        for fact in facts:
            counted = COUNTS.get(Kind(fact.kind))
            if counted:
                yield counted, 1


def order_key(order_id: Any) -> int:
    """A 63-bit number for an order id, 0 for none: equal ids, equal numbers."""
    if order_id is None or order_id == "" or isinstance(order_id, dict | list):
        return 0
    return int.from_bytes(blake2b(str(order_id).encode(), digest_size=8).digest(), "big") >> 1 or 1


def key_of_order(properties: dict[str, Any]) -> int:
    """`order_key` of the order that an event names."""
    return order_key(properties.get("order_id") or properties.get("orderId"))


def _item_id(line: dict[str, Any]) -> str:
    for name in ("product_id", "productId", "id", "item_id", "sku"):
        value = line.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            text = str(value).replace("\x00", "")
            if len(text) > MAX_ITEM_ID:
                raise BadFact(f"an item id has more than {MAX_ITEM_ID} characters")
            return text
    return ""


def _value(kind: int, line: dict[str, Any], quantity: float) -> float:
    if kind not in (Kind.PURCHASE, Kind.REFUND):
        return 0.0
    return round(_number(line.get("price"), 0.0) * quantity, 4)


def order_value(properties: dict[str, Any]) -> float:
    """What an event says it was worth without tax and shipping, else the sum of its lines; 0 when it says nothing."""
    said = said_worth(properties)
    if said is not None:
        return said
    return sum((_value(Kind.PURCHASE, line, _quantity(line)) for line in _lines(properties)), 0.0)


def item_value(properties: dict[str, Any]) -> float:
    """The same of an event about one item, which its own properties describe: else price × quantity."""
    said = said_worth(properties)
    return _value(Kind.PURCHASE, properties, _quantity(properties)) if said is None else said


def said_worth(properties: dict[str, Any]) -> float | None:
    """What an event says in so many words that it was worth."""
    amounts = (_number(properties.get(name), -1.0) for name in ("revenue", "value", "total"))
    return next((amount for amount in amounts if amount >= 0), None)


def order_quantity(properties: dict[str, Any]) -> float:
    """How many items an order has; 1 when it names none."""
    return sum((_quantity(line) for line in _lines(properties)), 0.0) or 1.0


def item_quantity(properties: dict[str, Any]) -> float:
    """How many of the item; 1 when it does not say."""
    return _quantity(properties)


def _lines(properties: dict[str, Any]) -> list[dict[str, Any]]:
    products = properties.get("products")
    lines = products if isinstance(products, list) else []
    return [line for line in lines if isinstance(line, dict) and _names_item(line)]


def _names_item(line: dict[str, Any]) -> bool:
    try:
        return bool(_item_id(line))
    except BadFact:
        return False


def _quantity(line: dict[str, Any], *, signed: bool = False) -> float:
    return _number(line.get("quantity"), 1.0, signed=signed)


def money_back(properties: dict[str, Any]) -> float | None:
    """What a refund says was paid back, whichever sign it has; None when it says nothing, or 0."""
    amounts = (_number(properties.get(name), 0.0, signed=True) for name in ("total", "revenue", "value"))
    return next((amount for amount in amounts if amount > 0), None)


def _number(value: Any, otherwise: float, *, signed: bool = False) -> float:
    """A finite number of at least 0, also from text; `otherwise` for anything else. `signed`: −3 is 3."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return otherwise
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return otherwise
    number = abs(number) if signed else number
    return number if math.isfinite(number) and 0 <= number < 1e12 else otherwise
