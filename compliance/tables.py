"""Stores that are plain tables: found by one column, deleted in portions, shown row by row."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from .registry import Person, Store

PORTION = 5_000
Values = Callable[[Person], Sequence[Any]]


def by_profile(person: Person) -> Sequence[Any]:
    return person.profile_ids


def by_unit(person: Person) -> Sequence[Any]:
    return person.units


def by_blind(person: Person) -> Sequence[Any]:
    return person.blinds


def table_store(
    name: str,
    table: str,
    column: str,
    values: Values,
    *,
    covers: Sequence[str],
    order: int = 50,
    shown: Sequence[str] = (),
) -> Store:
    """A store of the rows of `table` whose `column` is one of `values(person)`.

    `shown`: columns that an export gives; none when another store shows the same better. Rows are deleted in portions
    of 5,000, each its own transaction, so that nobody waits long for a lock.
    """
    rows = Rows(table, column, values, tuple(shown))
    return Store(name, tuple(covers), rows.export, rows.erase, rows.verify, order)


class Rows:
    """Rows of one table by one column; `table` lives in the person's schema."""

    def __init__(self, table: str, column: str, values: Values, shown: tuple[str, ...] = ()) -> None:
        self.table, self.column, self.values, self.shown = table, column, values, shown

    def export(self, person: Person) -> Iterator[dict[str, Any]]:
        wanted = list(self.values(person))
        if not wanted or not self.shown:
            return
        names = ", ".join(f'"{name}"' for name in self.shown)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM {self._from(person)} WHERE {self._matches()}", [wanted])
            while rows := cursor.fetchmany(1_000):
                for row in rows:
                    yield dict(zip(self.shown, map(plain, row), strict=True))

    def erase(self, person: Person) -> int:
        wanted = list(self.values(person))
        if not wanted:
            return 0
        deleted = 0
        while True:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"""DELETE FROM {self._from(person)} WHERE ctid = ANY(ARRAY(
                            SELECT ctid FROM {self._from(person)} WHERE {self._matches()} LIMIT {PORTION}))""",
                    [wanted],
                )
                deleted += cursor.rowcount
                if cursor.rowcount < PORTION:
                    return deleted

    def verify(self, person: Person) -> int:
        wanted = list(self.values(person))
        if not wanted:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self._from(person)} WHERE {self._matches()}", [wanted])
            return int(cursor.fetchone()[0])

    def _from(self, person: Person) -> str:
        return f'"{person.scope.schema}"."{self.table}"'

    def _matches(self) -> str:
        return f'"{self.column}" = ANY(%s)'


class Family(Rows):
    """Rows with rows of other tables that hang on their `id`: (table, column) each, gone in one transaction.

    The parents are locked first, so that whoever works on one (a worker with an enrolment) has written the last child.
    """

    def __init__(
        self,
        table: str,
        column: str,
        values: Values,
        children: Sequence[tuple[str, str]],
        shown: Sequence[str] = (),
    ) -> None:
        super().__init__(table, column, values, tuple(shown))
        self.children = children

    def erase(self, person: Person) -> int:
        wanted = list(self.values(person))
        if not wanted:
            return 0
        schema = person.scope.schema
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM {self._from(person)} WHERE {self._matches()} ORDER BY id FOR UPDATE",
                [wanted],
            )
            ids = [row[0] for row in cursor.fetchall()]
            for table, column in self.children:
                cursor.execute(f'DELETE FROM "{schema}"."{table}" WHERE "{column}" = ANY(%s)', [ids])
            cursor.execute(f"DELETE FROM {self._from(person)} WHERE id = ANY(%s)", [ids])
        return len(ids)


def family_store(
    name: str,
    table: str,
    column: str,
    values: Values,
    children: Sequence[tuple[str, str]],
    *,
    covers: Sequence[str],
    order: int = 50,
    shown: Sequence[str] = (),
) -> Store:
    """A store of rows and what hangs on them; counted are the rows, not their children."""
    rows = Family(table, column, values, children, shown)
    return Store(name, tuple(covers), rows.export, rows.erase, rows.verify, order)


def plain(value: Any) -> Any:
    """A value as JSON knows it; bytes in hexadecimal."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, memoryview | bytes):
        return bytes(value).hex()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    return value
