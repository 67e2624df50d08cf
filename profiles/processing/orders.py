"""What an order is by all that was said of it: completed, updated, refunded in parts or as a whole, cancelled.

A function of the set of these events, so that they may come in any order and any number of times: the latest update's
lines are the order's; refunds follow each other by the time at which they happened, and no line comes back more often
than it was bought. A refund whose order is not known counts the products that it names; one without waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..models import Interaction
from .decode import TRACK, Occurrence
from .facts import (
    CANCELLED,
    COMPLETED,
    ORDER_EVENTS,
    BadFact,
    Fact,
    facts_of,
    key_of_order,
    lines_of,
    money_back,
    order_value,
    products_of,
    said_worth,
)

_BOUGHT, _BACK = int(Interaction.Kind.PURCHASE), int(Interaction.Kind.REFUND)
# Amounts are rounded on their way: this much less is still all of it.
_CLOSE = 0.02


@dataclass(slots=True)
class Row:
    """A line of an order that is stored, and that none of the events made (imported, or older than events are kept)."""

    item_id: str
    kind: int
    quantity: float
    value: float


@dataclass(slots=True)
class _Left:
    quantity: float = 0.0
    value: float = 0.0


@dataclass(slots=True)
class _Order:
    completed: list[Occurrence] = field(default_factory=list)
    updated: list[Occurrence] = field(default_factory=list)
    back: list[Occurrence] = field(default_factory=list)


def order_of(event: Occurrence) -> int:
    """The key of the order that an event is about; 0 when it is about none, or does not say which."""
    if event.type != TRACK or event.name.strip().lower() not in ORDER_EVENTS:
        return 0
    return key_of_order(event.properties)


def changes_order(event: Occurrence) -> bool:
    """Whether the event says something of an order that another event completes."""
    return event.name.strip().lower() not in COMPLETED and order_of(event) != 0


def settle(
    events: Iterable[tuple[int, Occurrence]], rows: Mapping[tuple[int, int], Sequence[Row]] | None = None
) -> set[tuple[int, int]]:
    """Write on the events of orders that were changed what each of them stands for (`facts`, `worth`).

    `events`: (profile, event) of everything that counts for these shoppers. `rows`: (profile, order) → what is stored of the
    order beside them. Returns which orders were settled; the events of all others stay as they are.
    """
    orders: dict[tuple[int, int], _Order] = defaultdict(_Order)
    changed: set[tuple[int, int]] = set()
    for owner, event in events:
        number = order_of(event)
        if not number:
            continue
        order = orders[owner, number]
        name = event.name.strip().lower()
        if name in COMPLETED:
            order.completed.append(event)
            continue
        changed.add((owner, number))
        (order.updated if ORDER_EVENTS[name] is None else order.back).append(event)
    for key in changed:
        _settle(orders[key], (rows or {}).get(key, ()))
    return changed


def _settle(order: _Order, rows: Sequence[Row]) -> None:
    for group in (order.completed, order.updated, order.back):
        group.sort(key=_when)
    for event in order.completed:
        event.facts = _said(event)
    for event in order.updated:
        _update(order, event)
    left: dict[str, _Left] = defaultdict(_Left)
    bought = [fact for event in order.completed for fact in event.facts or ()]
    for line in (*bought, *(row for row in rows if row.kind == _BOUGHT)):
        left[line.item_id].quantity += line.quantity
        left[line.item_id].value += line.value
    least = _least(order.completed) + sum(row.value for row in rows if row.kind == _BOUGHT)
    for row in rows:
        if row.kind == _BACK:
            taken = _take(left, row.item_id, row.quantity, row.value)
            least -= taken[1] if taken else 0.0
    for event in order.back:
        least = _give_back(event, left, least)


def _update(order: _Order, update: Occurrence) -> None:
    """The latest one holds, of the order that was completed last before it (numbers begin anew in some shops)."""
    update.facts = _said(update)
    before = [event for event in order.completed if event.at <= update.at]
    target = before[-1] if before else next(iter(order.completed), None)
    if target is None or update.facts is None or target.facts is None:
        return
    try:
        lines = lines_of(target, _BOUGHT, products_of(update))
    except BadFact:
        return
    if lines:
        target.facts = lines
    if lines or said_worth(update.properties) is not None:
        target.worth = order_value(update.properties)


def _give_back(event: Occurrence, left: dict[str, _Left], least: float) -> float:
    """What comes back by this event; returns what the order is worth after it."""
    named = _said(event)
    event.facts = named
    if named is None or not left:
        return least
    if named or _names_products(event):
        event.facts = []
        for line in named:
            taken = _take(left, line.item_id, line.quantity, line.value)
            if taken is not None:
                line.quantity, line.value = taken
                event.facts.append(line)
                least -= line.value
        return least
    said = None if event.name.strip().lower() in CANCELLED else money_back(event.properties)
    if said is not None and said < least - _CLOSE:
        return least - said  # a part of the money: no item came back
    whole = [
        {"product_id": item, "quantity": rest.quantity, "price": rest.value / rest.quantity}
        for item, rest in left.items()
        if rest.quantity > 0
    ]
    event.facts = lines_of(event, _BACK, whole)
    for line in event.facts:
        _take(left, line.item_id, line.quantity, line.value)
    return 0.0


def _take(left: dict[str, _Left], item: str, quantity: float, value: float) -> tuple[float, float] | None:
    """(quantity, value) of what comes back of an item, at most what is left; None when nothing is."""
    rest = left.get(item)
    if rest is None or rest.quantity <= 0 or quantity <= 0:
        return None
    taken = min(quantity, rest.quantity)
    worth = round(value * taken / quantity if value else rest.value * taken / rest.quantity, 4)
    rest.quantity -= taken
    rest.value = max(0.0, rest.value - worth)
    return taken, worth


def _least(completed: Sequence[Occurrence]) -> float:
    """The smallest of what the orders are said to be worth: a refund of so much is one of everything."""
    found = 0.0
    for event in completed:
        lines = sum(fact.value for fact in event.facts or ())
        said = order_value(event.properties) if event.worth is None else event.worth
        found += min((amount for amount in (lines, said) if amount > 0), default=0.0)
    return found


def _names_products(event: Occurrence) -> bool:
    return bool(event.properties.get("products"))


def _said(event: Occurrence) -> list[Fact] | None:
    """What the event alone stands for; None when it can't be understood."""
    try:
        return facts_of(event)
    except BadFact:
        return None


def _when(event: Occurrence) -> tuple[int, str]:
    return event.at, event.claimed.message_key
