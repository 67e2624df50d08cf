"""The catalogue as serving sees it: columns in memory, one row per item, changed in place as items change.

The first rows are the artefact's, in its order; items that arrived after the training follow, so that a rule can pin
them although no model ranks them yet.
"""

from __future__ import annotations

import datetime as dt
import math
from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from ..learning.data import rows_of
from .packed import PackedStrings, TextPacker

_AT_ONCE = 2_000
# How a column is collected, and how it is kept.
_KINDS = {
    "pk": "q", "category": "i", "price": "d", "available": "b", "banned": "b", "active": "b", "age_min": "h", "product": "b",
}  # fmt: skip
_TYPES = {
    "pk": np.int64, "category": np.int32, "price": np.float64, "available": np.bool_, "banned": np.bool_,
    "active": np.bool_, "age_min": np.int16, "product": np.bool_,
}  # fmt: skip
_COLUMNS = """id, external_id, title, brand, category, price, currency, image, available, banned,
              status = 'active', age_min, kind = 'product'"""


@dataclass(slots=True)
class CatalogueView:
    """All arrays have one length. `category` indexes `category_names`; `price` is NaN when not known."""

    pk: NDArray[np.int64]
    external_id: PackedStrings
    title: PackedStrings
    brand: PackedStrings
    image: PackedStrings
    category: NDArray[np.int32]
    category_names: list[str]
    price: NDArray[np.float64]
    available: NDArray[np.bool_]
    banned: NDArray[np.bool_]
    active: NDArray[np.bool_]
    age_min: NDArray[np.int16]
    product: NDArray[np.bool_]
    ranked: int
    newest: dt.datetime | None
    currency: str = ""
    row_of_pk: dict[int, int] = field(default_factory=dict)
    hashes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    hash_order: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    sellable: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))

    def __len__(self) -> int:
        return len(self.pk)

    def finish(self) -> CatalogueView:
        self.sellable = self.available & self.active & ~self.banned
        return self

    def index_ids(self) -> CatalogueView:
        """Make `row_of` possible: sorted hashes take a tenth of a dictionary's memory."""
        hashes = np.fromiter((hash(self.external_id[row]) for row in range(len(self))), np.int64, len(self))
        self.hash_order = np.argsort(hashes, kind="stable")
        self.hashes = hashes[self.hash_order]
        return self

    def row_of(self, external_id: str) -> int:
        """The row of an item id, -1 when there is none."""
        position = int(np.searchsorted(self.hashes, hash(external_id)))
        while position < len(self.hashes) and self.hashes[position] == hash(external_id):
            row = int(self.hash_order[position])
            if self.external_id[row] == external_id:
                return row
            position += 1
        return -1

    def rows(self, item_pks: Any) -> NDArray[np.int64]:
        """Rows of these keys; strangers are left out."""
        wanted = np.asarray(list(item_pks), np.int64)
        rows = rows_of(self.pk[: self.ranked], wanted).astype(np.int64)
        for place in np.flatnonzero(rows < 0):
            rows[place] = self.row_of_pk.get(int(wanted[place]), -1)
        return rows[rows >= 0]

    def _row(self, pk: int) -> int:
        row = int(np.searchsorted(self.pk[: self.ranked], pk))
        if row < self.ranked and self.pk[row] == pk:
            return row
        return self.row_of_pk.get(pk, -1)

    @property
    def nbytes(self) -> int:
        arrays = (
            self.pk,
            self.hashes,
            self.hash_order,
            self.category,
            self.price,
            self.available,
            self.banned,
            self.active,
            self.age_min,
        )
        packed = (self.external_id, self.title, self.brand, self.image)
        return sum(a.nbytes for a in arrays) + sum(p.nbytes for p in packed)


def load_view(schema: str, artefact_pks: NDArray[np.int64] | None) -> CatalogueView:
    """The whole catalogue, aligned to the artefact's rows (ascending keys).

    Read by the thousand: what is not yet packed of a hundred thousand items takes more memory than all that is.
    """
    known = np.empty(0, np.int64) if artefact_pks is None else np.asarray(artefact_pks, np.int64)
    columns = _Columns()
    late: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        # Before the rows: what changes meanwhile is read twice rather than never.
        cursor.execute(f'SELECT max(updated_at) FROM "{schema}".catalog_item')
        newest = cursor.fetchone()[0]
    with connection.chunked_cursor() as cursor:
        cursor.execute(f'SELECT {_COLUMNS} FROM "{schema}".catalog_item ORDER BY id')
        while rows := cursor.fetchmany(_AT_ONCE):
            place = len(columns)
            if np.array_equal(known[place : place + len(rows)], [row[0] for row in rows]):
                columns.add(rows)
            else:
                columns.add(_aligned(rows, known, place, late))
    columns.add([_gone(int(pk)) for pk in known[len(columns) :]])
    columns.add(late)
    return columns.view(len(known), newest).finish().index_ids()


def _aligned(
    rows: list[tuple[Any, ...]], known: NDArray[np.int64], place: int, late: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Rows for the artefact's keys from ``place`` on: those that are gone filled in, those it lacks put into ``late``."""
    answer: list[tuple[Any, ...]] = []
    for row in rows:
        while place < len(known) and known[place] < row[0]:
            answer.append(_gone(int(known[place])))
            place += 1
        if place < len(known) and known[place] == row[0]:
            answer.append(row)
            place += 1
        else:
            late.append(row)
    return answer


class _Columns:
    """Rows as they are read, column by column."""

    def __init__(self) -> None:
        self.numbers = {name: array(kind) for name, kind in _KINDS.items()}
        self.texts = {name: TextPacker() for name in ("external_id", "title", "brand", "image")}
        self.categories: dict[str, int] = {}
        self.currency = ""

    def __len__(self) -> int:
        return len(self.numbers["pk"])

    def add(self, rows: list[tuple[Any, ...]]) -> None:
        if not rows:
            return
        pk, external_id, title, brand, category, price, currency, image, *flags = zip(*rows, strict=True)
        for packer, texts in zip(self.texts.values(), (external_id, title, brand, image), strict=True):
            packer.add(texts)
        codes = [self.categories.setdefault(path, len(self.categories)) for path in category]
        prices = [math.nan if amount is None else float(amount) for amount in price]
        for column, values in zip(self.numbers.values(), (pk, codes, prices, *flags), strict=True):
            column.extend(values)
        self.currency = self.currency or next(filter(None, currency), "")

    def view(self, ranked: int, newest: dt.datetime | None) -> CatalogueView:
        number: dict[str, np.ndarray]
        number = {name: np.array(column, _TYPES[name]) for name, column in self.numbers.items()}
        text = {name: packer.packed() for name, packer in self.texts.items()}
        fields: dict[str, Any] = {**number, **text}
        late = {int(pk): ranked + place for place, pk in enumerate(number["pk"][ranked:])}
        return CatalogueView(
            **fields, category_names=list(self.categories), ranked=ranked, newest=newest,
            currency=self.currency, row_of_pk=late,
        )  # fmt: skip


def apply_changes(view: CatalogueView, schema: str) -> bool:
    """Take over what changed since the view was read; False when rows were added and it must be read anew."""
    names = {name: index for index, name in enumerate(view.category_names)}
    for row in _read(schema, view.newest):
        position = view._row(row[0])
        if position < 0:
            return False
        view.title.replace(position, row[2])
        view.brand.replace(position, row[3])
        view.image.replace(position, row[7])
        if row[4] not in names:
            names[row[4]] = len(names)
            view.category_names.append(row[4])
        view.category[position] = names[row[4]]
        view.price[position] = np.nan if row[5] is None else float(row[5])
        view.available[position], view.banned[position], view.active[position] = row[8], row[9], row[10]
        view.age_min[position] = row[11]
        view.newest = max(view.newest or row[13], row[13])
    view.finish()
    return True


def _read(schema: str, since: dt.datetime | None) -> list[tuple[Any, ...]]:
    # A few seconds of overlap: a transaction may commit after another one's later time stamp.
    condition = "WHERE updated_at > %s - interval '20 seconds'" if since else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT {_COLUMNS}, updated_at FROM "{schema}".catalog_item {condition}',
            [since] if since else None,
        )
        return cursor.fetchall()


def _gone(pk: int) -> tuple[Any, ...]:
    """A row for an item that the artefact knows and the catalogue has lost: never shown."""
    return (pk, "", "", "", "", None, "", "", False, False, False, 0, True)
