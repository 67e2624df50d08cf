"""How many events arrived, by hour, name and outcome: added per batch, folded now and then, read together."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable

from django.db import connection, transaction
from psycopg import Cursor

from .names import shown_name

FOLD_SECONDS = 20.0
# Names of pages can be as many as pages: beyond this many in a month the rest are counted together.
MOST_NAMES = 1000
KEPT = dt.timedelta(days=90)
_folded: dict[str, float] = {}

Arrival = tuple[dt.datetime, int, str, int]


def add(cursor: Cursor, schema: str, arrivals: Iterable[Arrival]) -> None:
    """Note arrivals (received at, type, name, outcome) in the caller's transaction; rows of its own, so no lock is shared."""
    sums: dict[tuple[dt.datetime, int, str, int], tuple[int, dt.datetime]] = {}
    for received, kind, name, outcome in arrivals:
        hour = received.replace(minute=0, second=0, microsecond=0)
        key = (hour, kind, shown_name(name) if name else "", outcome)
        count, newest = sums.get(key, (0, received))
        sums[key] = (count + 1, max(newest, received))
    add_counted(cursor, schema, [(*key, n, newest) for key, (n, newest) in sums.items()])


def add_counted(
    cursor: Cursor, schema: str, rows: list[tuple[dt.datetime, int, str, int, int, dt.datetime]]
) -> None:
    """The same of arrivals that are counted already: (hour, type, name, outcome, events, newest)."""
    if not rows:
        return
    hours, kinds, names, outcomes, counts, newest = zip(*rows, strict=True)
    cursor.execute(
        f"""INSERT INTO "{schema}".profiles_eventtally (hour, type, name, outcome, events, seen_at)
            SELECT * FROM unnest(%b::timestamptz[], %b::smallint[], %b::text[], %b::smallint[], %b::bigint[],
                                 %b::timestamptz[])""",
        [list(hours), list(kinds), list(names), list(outcomes), list(counts), list(newest)],
    )


def fold_sometimes(schema: str) -> None:
    """`fold`, at most every twenty seconds in this process: workers call it after their turn."""
    now = time.monotonic()
    if now - _folded.get(schema, -FOLD_SECONDS) >= FOLD_SECONDS:
        _folded[schema] = now
        fold(schema)


def fold(schema: str) -> int:
    """Put the tallies into the counts; how many rows. Nothing happens while another worker does it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [f"{schema}:tallies"])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            f"""WITH gone AS (DELETE FROM "{schema}".profiles_eventtally RETURNING *),
                     many AS (
                         SELECT count(DISTINCT (type, name)) >= {MOST_NAMES} AS full
                         FROM "{schema}".profiles_eventcount WHERE hour > now() - interval '30 days'
                     ),
                     named AS (
                         SELECT hour, type, CASE WHEN NOT many.full OR EXISTS (
                             SELECT 1 FROM "{schema}".profiles_eventcount c WHERE c.type = gone.type AND c.name = gone.name
                         ) THEN name ELSE '' END AS name, outcome, events, seen_at
                         FROM gone, many
                     )
                INSERT INTO "{schema}".profiles_eventcount AS c (hour, type, name, outcome, events, seen_at)
                SELECT hour, type, name, outcome, sum(events), max(seen_at) FROM named GROUP BY 1, 2, 3, 4
                ON CONFLICT (hour, type, name, outcome) DO UPDATE
                SET events = c.events + excluded.events, seen_at = greatest(c.seen_at, excluded.seen_at)"""
        )
        return int(cursor.rowcount)


def forget_old(schema: str) -> int:
    """Delete counts of more than 90 days ago, suspects and orders that are out of date; how many rows."""
    deleted = 0
    for statement in (
        f"""DELETE FROM "{schema}".profiles_eventcount WHERE hour < now() - interval '{KEPT.days} days'""",
        f"""DELETE FROM "{schema}".profiles_suspect WHERE until < now() - interval '30 days'""",
        f"""DELETE FROM "{schema}".profiles_orderseen WHERE seen_on < current_date - 28""",
    ):
        with connection.cursor() as cursor:
            cursor.execute(statement)
            deleted += cursor.rowcount
    return deleted
