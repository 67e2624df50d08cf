"""Bots by what they do: more pages and products a minute than a person can look at, for minutes in a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import structlog
from psycopg import Cursor

from ..processing.decode import PAGE, SCREEN, TRACK, Occurrence
from . import memory
from .rules import Rules

log = structlog.get_logger("attune.arrivals")

IN_A_ROW = 3
HELD = dt.timedelta(days=1)
# Events that arrive later than this are history, or a telephone that was off line: their minutes tell nothing.
FRESH_SECONDS = 600
_MINUTE = 60_000_000
_VIEWS = frozenset({"product viewed", "product list viewed", "products searched"})


def is_view(event: Occurrence) -> bool:
    if event.claimed.received_at.timestamp() - event.at / 1e6 > FRESH_SECONDS:
        return False
    return event.type in (PAGE, SCREEN) or (event.type == TRACK and event.name.strip().lower() in _VIEWS)


def view_of(event: Occurrence) -> tuple[bytes, int]:
    """(whose, in which minute it happened)."""
    return event.claimed.handle, event.at // _MINUTE


def suspects(cursor: Cursor, schema: str, handles: set[bytes]) -> set[bytes]:
    rows = cursor.execute(
        f"""SELECT handle FROM "{schema}".profiles_suspect
            WHERE handle = ANY(%b::bytea[]) AND until > now() AND NOT cleared""",
        [list(handles)],
        binary=True,
    ).fetchall()
    return {bytes(handle) for (handle,) in rows}


def found(cursor: Cursor, schema: str, rules: Rules, views: Mapping[tuple[bytes, int], int]) -> set[bytes]:
    """Whom their newest minutes prove to be no person; remembered for a day, unless staff cleared them."""
    over: dict[bytes, int] = {}
    for (handle, minute), count in views.items():
        if count > rules.views_a_minute:
            over[handle] = max(minute, over.get(handle, 0))
    if not over:
        return set()
    proven = {
        handle: max(counts)
        for handle, counts in memory.rates_of(schema, over).items()
        if _in_a_row(counts, rules.views_a_minute)
    }
    if not proven:
        return set()
    handles = sorted(proven)
    rows = cursor.execute(
        f"""INSERT INTO "{schema}".profiles_suspect AS s (handle, views, since, until, cleared)
            SELECT handle, views, now(), now() + %s, false FROM unnest(%s::bytea[], %s::int[]) AS t(handle, views)
            ON CONFLICT (handle) DO UPDATE SET until = excluded.until, views = greatest(s.views, excluded.views)
            RETURNING handle, cleared""",
        [HELD, handles, [proven[handle] for handle in handles]],
    ).fetchall()
    marked = {bytes(handle) for handle, cleared in rows if not cleared}
    if marked:
        log.info("visitors taken for bots", tenant=schema, visitors=len(marked))
    return marked


def _in_a_row(counts: list[int], limit: int) -> bool:
    """Whether three minutes, one after the other, are over the limit."""
    return any(
        all(count > limit for count in counts[i : i + IN_A_ROW]) for i in range(len(counts) - IN_A_ROW + 1)
    )
