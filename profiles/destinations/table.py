"""A table as destinations see it, whatever their format: columns with a sentence each, and rows in portions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from django.conf import settings
from django.utils.module_loading import import_string
from psycopg import Cursor

from tenants.connectors.base import Link, Stream
from tenants.workspace.models import Delivery

Type = Literal["string", "int64", "double", "bool", "timestamp", "date", "json"]
# How a table is followed. queue: rows are put into the outbox by the batch that made them. numbered: rows are only added,
# with growing ids. snapshot: all rows, once a day. recent: the last days, again and again, because their rows still change.
Kind = Literal["queue", "numbered", "snapshot", "recent"]


@dataclass(frozen=True, slots=True)
class Column:
    """`about` is printed in the schema that readers get. Columns are only ever added, at the end."""

    name: str
    type: Type
    about: str


@dataclass(frozen=True, slots=True)
class Row:
    """`day`: its partition (UTC). `profile_id`: whose it is, None for nobody's. `values` in the order of the columns."""

    day: dt.date
    profile_id: int | None
    values: tuple[Any, ...]


@dataclass(slots=True)
class Counted:
    """How many rows were left out, counted while the others are read: their people did not agree, or are gone."""

    left_out: int = 0


Reader = Callable[[Cursor, Link, Delivery, Counted], Iterator[Sequence[Row]]]
History = Callable[[Cursor, Link, Any], None]


@dataclass(frozen=True, slots=True)
class Owned:
    """How a row that was sent finds the shopper whose it is now: by what stands in `columns`. `of`: such values of some
    rows to numbers of profiles, None for a row that is not there any more."""

    columns: tuple[str, ...]
    of: Callable[[Cursor, str, Sequence[tuple[Any, ...]]], list[int | None]]


@dataclass(frozen=True, slots=True)
class Table:
    """`key`: the column that tells rows apart. `source`, `number`: of a numbered one and of a snapshot, the database's
    table and the column whose ranges its portions are. `days`: of a recent one, how many are written again, every `every_seconds`. `first_day`: the first day with rows, for the history of a recent one.
    `owned`: of tables whose rows change hands when a shopper is taken apart."""

    name: str
    label: str
    about: str
    kind: Kind
    key: str
    columns: tuple[Column, ...]
    read: Reader
    personal: bool = False
    source: str = ""
    number: str = "id"
    days: int = 2
    every_seconds: float = 3600.0
    first_day: Callable[[Cursor, str], dt.date | None] | None = None
    owned: Owned | None = None

    @property
    def stream(self) -> Stream:
        return Stream(self.name, self.label, self.about, self.personal)


def tables() -> dict[str, Table]:
    """Name → table, of settings.EXPORT_TABLES."""
    return _load(tuple(settings.EXPORT_TABLES))


@lru_cache(maxsize=8)
def _load(names: tuple[str, ...]) -> dict[str, Table]:
    found: list[Table] = [import_string(name) for name in names]
    return {table.name: table for table in found}
