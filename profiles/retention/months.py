"""The months of events that a tenant holds, as the database has them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.db import connection

_NAME = re.compile(r"profiles_event_(\d{4})_(\d{2})")
# Beyond that the planner's estimate is shown: nobody reads the last digits.
_COUNTED = 200_000


@dataclass(frozen=True)
class Month:
    """Events received in [`first`, `end`). `events` is an estimate above 200,000; `bytes` with indexes."""

    first: dt.date
    table: str
    events: int
    bytes: int

    @property
    def end(self) -> dt.date:
        return (self.first.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def months_held(schema: str) -> list[Month]:
    """Months with a partition of their own, oldest first, coming ones included."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, c.reltuples::bigint, pg_total_relation_size(c.oid)
               FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
               WHERE i.inhparent = to_regclass(%s) ORDER BY c.relname""",
            [f'"{schema}".profiles_event'],
        )
        rows = cursor.fetchall()
        found = []
        for name, estimate, size in rows:
            match = _NAME.fullmatch(name)
            if match:
                events = estimate if estimate > _COUNTED else _count(schema, name)
                found.append(Month(dt.date(int(match[1]), int(match[2]), 1), name, events, size))
    return found


def _count(schema: str, table: str) -> int:
    with connection.cursor() as counting:
        counting.execute(
            f'SELECT count(*) FROM (SELECT 1 FROM "{schema}"."{table}" LIMIT %s) AS t', [2_000_000]
        )
        return int(counting.fetchone()[0])


def prepared(schema: str, today: dt.date | None = None) -> bool:
    """Whether this month and the next have their partitions, and no event lies beside them. Cheap: for a status line."""
    today = today or dt.datetime.now(dt.UTC).date()
    tables = [f'"{schema}".profiles_event_{day:%Y_%m}' for day in (today, Month(today, "", 0, 0).end)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT to_regclass(%s) IS NOT NULL AND to_regclass(%s) IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM "{schema}".profiles_event_default)""",
            tables,
        )
        return bool(cursor.fetchone()[0])


def kept_since(schema: str) -> dt.datetime | None:
    """The moment from which on every received event is still there; None when none was ever dropped.

    Who makes something anew from events has to say so when it would need older ones.
    """
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT max(until) FROM "{schema}".profiles_retentionrun')
        until = cursor.fetchone()[0]
    return dt.datetime.combine(until, dt.time(), dt.UTC) if until else None
