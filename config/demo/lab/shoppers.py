"""How a simulated shopper behaves: they click and buy what is shown of what they really bought after the cut.

Nothing else decides: no score, no model, no chance. So each household's outcome under every variant is known, and with it
the true average effect (the potential outcomes of Rubin 1974, which nobody can see outside of a laboratory).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .data import Bought


@dataclass(frozen=True, slots=True)
class Visit:
    """What a household does with a list of recommendations: item → what is bought of it, in the order shown."""

    bought: Mapping[str, Bought]

    @property
    def value(self) -> float:
        return round(sum(line.value for line in self.bought.values()), 2)

    @property
    def quantity(self) -> float:
        return sum(line.quantity for line in self.bought.values())


def visit(shown: Sequence[str], wanted: Mapping[str, Bought]) -> Visit:
    return Visit({item: wanted[item] for item in dict.fromkeys(shown) if item in wanted})


def events(experiment: str, household: str, decision: str, made: Visit) -> Iterator[dict[str, Any]]:
    """The visit as a storefront reports it: a click on each item, then one order. The same visit, the same messageIds."""
    if not made.bought:
        return
    stem = f"simulated:{experiment}:{household}"
    for item in made.bought:
        yield {
            "type": "track",
            "messageId": f"{stem}:click:{item}",
            "userId": household,
            "event": "Recommendation Clicked",
            "properties": {"product_id": item, "decision_id": decision},
        }
    yield {
        "type": "track",
        "messageId": f"{stem}:order",
        "userId": household,
        "event": "Order Completed",
        "properties": {
            "order_id": stem,
            "revenue": made.value,
            "products": [
                {"product_id": item, "quantity": line.quantity, "price": line.value / line.quantity}
                for item, line in made.bought.items()
            ],
        },
    }
