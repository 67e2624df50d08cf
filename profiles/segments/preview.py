"""How many shoppers a definition holds for, while somebody is writing it: exact for small shops, sampled for large ones."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from psycopg import Cursor, errors

from tenants.scope import Scope

from ..days import calendar_of
from .borrowed import Ground
from .compiler import Whom, between, compile_node, these
from .definition import parse
from .live import read_documents
from .moments import today
from .stock import read_stock

# Up to so many profiles everybody is looked at.
EXACT_UNTIL = 20_000
# Blocks of the table are drawn until about so many profiles are found: a few first, which tell how many more may be
# asked about in `AIM_SECONDS`.
FIRST, SAMPLE = 500, 8_000
AIM_SECONDS = 0.25
# Of those whose events have to be opened for it, and how long that may take.
BORROWED = 4_000
BORROWING_SECONDS = 0.3
SHOWN = 8
LIMIT_MS = 1200


class TooSlow(Exception):
    """The definition can't be counted while one waits."""


@dataclass(frozen=True)
class Preview:
    """`count` of `of` profiles; when not `exact`, the 95 % interval is `low` to `high`. `sample`: some who are in it."""

    count: int
    sample: tuple[int, ...]
    exact: bool
    low: int
    high: int
    of: int


def preview(scope: Scope, definition: Any) -> Preview:
    """Size of a definition (JSON) and a few members, in at most about 2 seconds.

    What no segment or trait has asked for yet is made of a sample's stored events on the spot (see segments.borrowed).
    Raises BadDefinition for one that has another form, KeyError for an unknown feature or segment, and `TooSlow`.
    """
    node, schema = parse(definition), scope.schema
    connection.ensure_connection()
    with transaction.atomic(), Cursor(connection.connection) as cursor:
        ground = Ground(scope, node, read_documents(cursor, schema), read_stock(cursor, schema))
        total = _total(cursor, schema)
        if total <= EXACT_UNTIL and not ground.missing:
            found = _found(cursor, ground, between(0, 2**62), LIMIT_MS // 2)
            if found is not None:
                return Preview(len(found), tuple(found[:SHOWN]), True, len(found), len(found), total)
        if ground.missing:
            drawn = ground.borrow(cursor, _drawn(cursor, schema, BORROWED, total), BORROWING_SECONDS)
            found = _found(cursor, ground, these(list(drawn)), LIMIT_MS)
        else:
            drawn, found = _sampled(cursor, ground, total)
    if found is None:
        raise TooSlow
    return _estimate(drawn, found, total)


def _sampled(cursor: Cursor, ground: Ground, total: int) -> tuple[dict[int, int], list[int] | None]:
    """As many as the time suffices for; definitions differ a hundredfold in what a shopper costs."""
    drawn = _drawn(cursor, ground.scope.schema, FIRST, total)
    began = time.perf_counter()
    found = _found(cursor, ground, these(list(drawn)), LIMIT_MS)
    each = (time.perf_counter() - began) / max(1, len(drawn))
    # Doubled a whole number of times, so that the answer doesn't change with the machine's mood.
    size = min(SAMPLE, FIRST * 2 ** int(math.log2(max(1.0, AIM_SECONDS / each / FIRST))))
    if found is None or size == FIRST:
        return drawn, found
    more = _drawn(cursor, ground.scope.schema, size, total)
    surer = _found(cursor, ground, these(list(more)), LIMIT_MS // 2)
    return (more, surer) if surer is not None else (drawn, found)


def _estimate(drawn: Mapping[int, int], found: list[int], total: int) -> Preview:
    """Of a sample; exact when it is everybody."""
    if len(drawn) >= total:
        return Preview(len(found), tuple(found[:SHOWN]), True, len(found), len(found), len(drawn))
    share = len(found) / len(drawn) if drawn else 0.0
    worth = effective_size(drawn, found)
    low, high = wilson(share * worth, worth)
    count, floor, ceiling = round(share * total), math.floor(low * total), math.ceil(high * total)
    return Preview(count, tuple(found[:SHOWN]), False, floor, ceiling, total)


def effective_size(block_of: Mapping[int, int], hits: Collection[int]) -> float:
    """How many profiles drawn one by one would tell as much as these, which were drawn in blocks.

    `block_of`: profile → its block. Neighbours are alike (an import, a campaign's day), so the variance of the share is
    that between blocks: the ratio estimator of cluster sampling (Cochran 1977, chapter 9A; Kish 1965 for the design effect).
    When all or none are hit nothing can be seen of it; then a block counts as one observation.
    """
    drawn, sizes = len(block_of), Counter(block_of.values())
    if not 0 < len(hits) < drawn:
        return float(len(sizes))
    found = Counter(block_of[profile] for profile in hits)
    share, blocks = len(hits) / drawn, len(sizes)
    if blocks == 1:
        return 1.0
    between = sum((found[block] - share * size) ** 2 for block, size in sizes.items())
    variance = blocks / (blocks - 1) * between / drawn**2
    return drawn / max(1.0, variance * drawn / (share * (1 - share)))


def wilson(hits: float, of: float, z: float = 1.96) -> tuple[float, float]:
    """Interval of a proportion (Wilson 1927, score interval); (0, 1) without observations."""
    if of == 0:
        return 0.0, 1.0
    share = hits / of
    middle = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    below = 1 + z * z / of
    return max(0.0, (middle - half) / below), min(1.0, (middle + half) / below)


def _total(cursor: Cursor, schema: str) -> int:
    """Number of profiles: counted when few, the planner's estimate when many."""
    table = f'"{schema}".profiles_profile'
    row = cursor.execute(
        "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [table]
    ).fetchone()
    if row is not None and row[0] > 5 * EXACT_UNTIL:
        return int(row[0])
    counted = cursor.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(counted[0]) if counted else 0


def _drawn(cursor: Cursor, schema: str, size: int, total: int) -> dict[int, int]:
    """About `size` profiles, and the block of each, of blocks drawn at random.

    The same ones each time: the number doesn't flicker.
    """
    percent = min(100.0, 100.0 * size / max(1, total))
    rows = cursor.execute(
        f'''SELECT id, (ctid::text::point)[0]::bigint FROM "{schema}".profiles_profile
            TABLESAMPLE SYSTEM ({percent:.6f}) REPEATABLE (20)'''
    ).fetchall()
    return dict(rows)


def _found(cursor: Cursor, ground: Ground, whom: Whom, limit_ms: int) -> list[int] | None:
    """Who of `whom` it holds for; None when that takes longer than `limit_ms`."""
    schema = ground.scope.schema
    compiled = compile_node(
        schema, ground.node, ground.documents, whom, today(calendar_of(schema)), ground.stock
    )
    try:
        with transaction.atomic():
            cursor.execute(f"SET LOCAL statement_timeout = {limit_ms}")
            rows = cursor.execute(
                f"SELECT p.id FROM {ground.profiles} p WHERE {whom.sql('p.id')} AND {compiled.sql}",  # type: ignore[arg-type]
                {**compiled.params, **ground.params},
            ).fetchall()
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except errors.QueryCanceled:
        return None
    return [row[0] for row in rows]
