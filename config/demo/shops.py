"""The demo tenants and where each one's data comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from catalog.lines import ItemInput
from catalog.promotions import Calendar
from recommendations.learning.training import Settings

from . import complete_journey, grocery_offers, lab, outfitter
from .history import History


@dataclass(frozen=True)
class Shop:
    """`source`: what its data is; a later release with another one loads it again.

    `contact_prefix`: what an invented e-mail address begins with, before the user id.
    """

    slug: str
    name: str
    kind: str
    currency: str
    source: str
    items: Callable[[dt.date], Iterator[ItemInput]]
    history: Callable[[dt.date], History]
    traits: Callable[[], dict[str, dict[str, Any]]]
    contact_prefix: str
    promotions: Callable[[int], Calendar] | None = None
    # Whether its ranking is measured against baselines.
    judged: bool = True
    # None: the full recipe.
    training: Settings | None = None


def _grocer_items(today: dt.date) -> Iterator[ItemInput]:
    yield from complete_journey.products()
    yield from grocery_offers.offers(today)


GROCER = Shop(
    slug="grocer",
    name="Corner Grocer",
    kind="groceries",
    currency="USD",
    source="complete-journey",
    items=_grocer_items,
    history=complete_journey.history,
    traits=complete_journey.traits,
    contact_prefix="household",
    promotions=complete_journey.promotions,
)
OUTFITTER = Shop(
    slug="outfitter",
    name="Northbound Outfitters",
    kind="fashion",
    currency="USD",
    source="outfitter-invented",
    items=lambda today: outfitter.items(today=today),
    history=lambda today: outfitter.history(today=today),
    traits=outfitter.traits,
    contact_prefix="",
)
# The grocer as it was four weeks earlier: shoppers whose future is known try experiments out.
LAB = Shop(
    slug="lab",
    name="Grocer's Lab",
    kind="groceries",
    currency="USD",
    source="complete-journey-lab",
    items=lambda today: lab.items(lab.cut_day(today)),
    history=lab.history,
    traits=lab.traits,
    contact_prefix="household",
    judged=False,
    # What is compared there are ways of recommending, not models: a smaller blend does, and is there much sooner.
    training=Settings(windows=1, shoppers=600, rounds_all=60, rounds_new=30),
)
SHOPS = (GROCER, OUTFITTER, LAB)
