"""The promotion calendar: what is advertised and on display when, as far ahead as the merchant has planned."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from tenants.columns import HEADER, TRAILER, read_columns, records

_EPOCH = np.datetime64("2000-01-01", "D")  # PostgreSQL's own
_FIELDS = (
    ("item_id", ">i8"),
    ("first_day", ">i4"),
    ("last_day", ">i4"),
    ("mailer", ">f8"),
    ("display", ">f8"),
)
PORTION = 100_000


@dataclass(frozen=True)
class Calendar:
    """Columns of one length: item ids, days (datetime64[D], the last one included), shares of stores from 0 to 1."""

    item_id: NDArray[Any]
    first_day: NDArray[np.datetime64]
    last_day: NDArray[np.datetime64]
    mailer: NDArray[np.floating]
    display: NDArray[np.floating]

    def __post_init__(self) -> None:
        if any(len(getattr(self, name)) != len(self.item_id) for name, _ in _FIELDS[1:]):
            raise ValueError("the columns of a calendar must have one length")
        if bool((self.last_day < self.first_day).any()):
            raise ValueError("a promotion ends before it begins")
        for name in ("mailer", "display"):
            share = getattr(self, name)
            if not bool(((share >= 0) & (share <= 1)).all()):
                raise ValueError(f"{name} must lie between 0 and 1")

    def __len__(self) -> int:
        return len(self.item_id)


@dataclass(frozen=True)
class Loaded:
    """Lines written, and lines left out because the catalogue has no such item."""

    written: int
    unknown: int


def replace_promotions(schema: str, calendar: Calendar) -> Loaded:
    """Make this the calendar from its first day on; what lies before is kept. Running it twice changes nothing.

    Raises ValueError when runs of one item overlap.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'SELECT external_id, id FROM "{schema}".catalog_item')
        keys = dict(cursor.fetchall())
        names, place = np.unique(calendar.item_id.astype(str), return_inverse=True)
        item = np.array([keys.get(name, -1) for name in names.tolist()], np.int64)[place]
        known = np.flatnonzero(item >= 0)
        order = known[np.lexsort((calendar.first_day[known], item[known]))]
        item, first, last = item[order], calendar.first_day[order], calendar.last_day[order]
        if bool(((item[1:] == item[:-1]) & (first[1:] <= last[:-1])).any()):
            raise ValueError("two promotions of one item overlap")
        if len(calendar):
            begin: dt.date = calendar.first_day.min().astype("datetime64[D]").item()
            cursor.execute(f'DELETE FROM "{schema}".catalog_promotion WHERE last_day >= %s', [begin])
        _copy(
            cursor.cursor,
            schema,
            {
                "item_id": item,
                "first_day": _days(first),
                "last_day": _days(last),
                "mailer": calendar.mailer[order],
                "display": calendar.display[order],
            },
        )
    return Loaded(len(order), len(calendar) - len(order))


def promotion_columns(schema: str) -> dict[str, np.ndarray]:
    """The whole calendar: item_pk int64; begins, ends int64 unix seconds, the end excluded; mailer, display float32."""
    sends = ("int8send", "date_send", "date_send", "float8send", "float8send")
    expressions = [(f"{send}({name})", form) for send, (name, form) in zip(sends, _FIELDS, strict=True)]
    item, first, last, mailer, display = read_columns(expressions, f'"{schema}".catalog_promotion')
    zero = int(_EPOCH.astype("datetime64[s]").astype(np.int64))
    return {
        "item_pk": item.astype(np.int64),
        "begins": zero + first.astype(np.int64) * 86_400,
        "ends": zero + (last.astype(np.int64) + 1) * 86_400,
        "mailer": mailer.astype(np.float32),
        "display": display.astype(np.float32),
    }


def _days(day: NDArray[np.datetime64]) -> NDArray[np.int64]:
    return (day.astype("datetime64[D]") - _EPOCH).astype(np.int64)


def _copy(cursor: Any, schema: str, columns: dict[str, np.ndarray]) -> None:
    names = ", ".join(name for name, _ in _FIELDS)
    rows = records(_FIELDS, columns)
    with cursor.copy(f'COPY "{schema}".catalog_promotion ({names}) FROM STDIN (FORMAT binary)') as copy:
        copy.write(HEADER)
        for start in range(0, len(rows), PORTION):
            copy.write(rows[start : start + PORTION].tobytes())
        copy.write(TRAILER)
