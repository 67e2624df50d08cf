"""The year cut in two: what the lab's tenant knows, and what its households bought afterwards, which only shoppers know.

The cut has the weekday of the day of set-up, and the dates move by whole weeks, so that the cut is that day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.lines import ItemInput

from .. import complete_journey
from ..history import History

WEEKS_AFTER = 4
# To be quick, the lab knows half a year of so many households, and the items that these bought so often in it.
HOUSEHOLDS = 1_200
WEEKS_BEFORE = 26
LEAST_BOUGHT = 5

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Bought:
    """So many of an item, for so much money altogether."""

    quantity: float
    value: float


def cut_day(today: dt.date) -> dt.date:
    """The latest day of the data with today's weekday that has WEEKS_AFTER weeks of data after it."""
    latest = complete_journey.LAST_DAY - dt.timedelta(weeks=WEEKS_AFTER)
    return latest - dt.timedelta(days=(latest.weekday() - today.weekday()) % 7)


def households() -> NDArray[np.int64]:
    """The lab's households, whatever the day."""
    everybody = [str(name) for name in np.unique(_lines()["household_id"]).tolist()]
    return np.array(sorted(int(name) for name in chosen(everybody, HOUSEHOLDS)), np.int64)


def before(cut: dt.date) -> Columns:
    """Purchase lines of the lab's households in the half year before the cut, of the items bought often enough."""
    at, begin = _lines()["transaction_timestamp"], cut - dt.timedelta(weeks=WEEKS_BEFORE)
    within = (at >= np.datetime64(begin)) & (at < np.datetime64(cut))
    lines = _part(_lines(), within & np.isin(_lines()["household_id"], households()))
    ids, count = np.unique(lines["product_id"], return_counts=True)
    return _part(lines, np.isin(lines["product_id"], ids[count >= LEAST_BOUGHT]))


def traits() -> dict[str, dict[str, Any]]:
    """What is known of the lab's households."""
    mine = {str(name) for name in households().tolist()}
    return {name: said for name, said in complete_journey.traits().items() if name in mine}


def items(cut: dt.date) -> Iterator[ItemInput]:
    """The products that were bought often enough, at the prices of the time before the cut."""
    known = before(cut)
    return complete_journey.products(known, np.unique(known["product_id"]))


def history(today: dt.date) -> History:
    """What the lab's tenant knows, moved so that the cut is today."""
    cut = cut_day(today)
    return complete_journey.history_of(before(cut), (today - cut).days)


def chosen(names: Sequence[str], most: int | None) -> list[str]:
    """`most` of them (all for None), the same ones each time, not the first by number."""
    mixed = sorted(names, key=lambda name: sha256(name.encode()).digest())
    return mixed if most is None else mixed[:most]


def wants(cut: dt.date, weeks: int = WEEKS_AFTER) -> dict[str, Mapping[str, Bought]]:
    """Household → item → what it bought of it within `weeks` from the cut on; of nothing else do simulated shoppers know."""
    at = _lines()["transaction_timestamp"]
    start = np.datetime64(cut)
    lines = _part(_lines(), (at >= start) & (at < start + np.timedelta64(weeks, "W")))
    found: dict[str, dict[str, Bought]] = {}
    for household, item, quantity, value in zip(
        lines["household_id"].tolist(),
        lines["product_id"].tolist(),
        lines["quantity"].tolist(),
        lines["sales_value"].tolist(),
        strict=True,
    ):
        if quantity <= 0 or value <= 0:
            continue
        mine = found.setdefault(str(household), {})
        had = mine.get(str(item), Bought(0, 0))
        mine[str(item)] = Bought(had.quantity + quantity, had.value + value)
    return dict(found)


@lru_cache(maxsize=1)
def _lines() -> Columns:
    return complete_journey.purchases()


def forget() -> None:
    """Give the memory of the whole year back."""
    _lines.cache_clear()


def _part(columns: Columns, rows: NDArray[np.bool_]) -> Columns:
    return {name: column[rows] for name, column in columns.items()}
