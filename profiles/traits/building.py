"""New measures are computed from what came before, for everybody, while events keep coming.

A batch keeps a measure from the moment when it exists, for every shopper. Building goes through the shoppers in the order of
their ids and writes what all of their stored events make, under the shopper's lock: events that streamed in before are
among the stored ones, later ones are added to it. Nothing is counted twice, and running it again changes nothing. Whoever
somebody was merged into meanwhile is made again at the end, since one of the two may not have had their turn.
"""

from __future__ import annotations

import time

import structlog
from django.db import connection, transaction
from psycopg import Cursor

from tenants.due import mark_due
from tenants.scope import Scope

from ..segments.live import change_definitions, hold_definitions
from ..segments.moments import QUEUE, today
from .history import rebuild_states
from .models import Aggregate
from .states import Measures
from .streaming import read_measures

log = structlog.get_logger("attune.traits")

# Shoppers in one transaction: as many as take about a second, whose rows are locked meanwhile.
FIRST_PORTION, MOST_AT_ONCE, STEP_SECONDS = 50, 2_000, 1.0
REDONE = 100
_TIMEOUT = "SET LOCAL transaction_timeout = '14s'"


def build_turn(cursor: Cursor, scope: Scope, deadline: float) -> bool:
    """Go on with building the tenant's measures until `deadline` (time.monotonic); whether more is to be done."""
    portion = FIRST_PORTION
    while (group := _next_group(cursor, scope.schema)) is not None:
        if time.monotonic() > deadline:
            return True
        ids, after = group
        began = time.monotonic()
        if _step(cursor, scope, ids, after, portion):
            pace = STEP_SECONDS / max(0.01, time.monotonic() - began)
            portion = max(1, min(MOST_AT_ONCE, int(portion * min(2.0, pace))))
        elif not _redo(cursor, scope):
            _finish(cursor, scope, ids)
            log.info("measures computed of everybody", tenant=scope.schema, measures=len(ids))
    return False


def _next_group(cursor: Cursor, schema: str) -> tuple[list[int], int] | None:
    """The measures that are least far, which go on together, and after which shopper."""
    row = cursor.execute(
        f"""SELECT array_agg(id), cursor FROM "{schema}".profiles_aggregate WHERE status = 'building'
            GROUP BY cursor ORDER BY cursor LIMIT 1"""
    ).fetchone()
    return (list(row[0]), row[1]) if row else None


def _step(cursor: Cursor, scope: Scope, ids: list[int], after: int, portion: int) -> bool:
    """The next shoppers; False when there are none left."""
    table = f'"{scope.schema}".profiles_profile'
    with transaction.atomic():
        _limit(cursor)
        rows = cursor.execute(
            f"""SELECT id FROM {table} WHERE id IN (SELECT id FROM {table} WHERE id > %s ORDER BY id LIMIT %s)
                ORDER BY id FOR NO KEY UPDATE""",
            [after, portion],
        ).fetchall()
        if not rows:
            return False
        profiles = [row[0] for row in rows]
        measures = _building(cursor, scope.schema, ids)
        rebuild_states(cursor, scope, profiles, measures, today())
        cursor.execute(
            f"""UPDATE "{scope.schema}".profiles_aggregate SET cursor = %s
                WHERE id = ANY(%s::bigint[]) AND cursor = %s AND status = 'building'""",
            [profiles[-1], ids, after],
        )
    return True


def _redo(cursor: Cursor, scope: Scope) -> bool:
    """Some of those into whom others were merged; False when there are none left."""
    schema = scope.schema
    with transaction.atomic():
        _limit(cursor)
        wanted = [
            row[0]
            for row in cursor.execute(
                f'SELECT profile_id FROM "{schema}".profiles_aggregateredo ORDER BY 1 LIMIT {REDONE}'
            )
        ]
        if not wanted:
            return False
        rows = cursor.execute(
            f"""SELECT id FROM "{schema}".profiles_profile WHERE id = ANY(%s::bigint[])
                ORDER BY id FOR NO KEY UPDATE""",
            [wanted],
        ).fetchall()
        # All that are being built: whoever has had no turn yet loses nothing by one more.
        rebuild_states(cursor, scope, [row[0] for row in rows], _building(cursor, schema, None), today())
        cursor.execute(
            f'DELETE FROM "{schema}".profiles_aggregateredo WHERE profile_id = ANY(%s::bigint[])', [wanted]
        )
    return True


def _building(cursor: Cursor, schema: str, ids: list[int] | None) -> Measures:
    hold_definitions(cursor, schema)
    found = read_measures(cursor, schema).kept
    return Measures.of(one for one in found if one.building and (ids is None or one.id in ids))


def _finish(cursor: Cursor, scope: Scope, ids: list[int]) -> None:
    """Everybody has been looked at: the measures may be read, and who uses them is judged."""
    from .services import announce_ready

    with transaction.atomic():
        _limit(cursor)
        change_definitions(cursor, scope.schema)
        row = cursor.execute(
            f"""SELECT EXISTS (SELECT 1 FROM "{scope.schema}".profiles_aggregateredo)"""
        ).fetchone()
        if row and row[0]:
            return  # somebody was merged at the last moment: one more round
        done = list(Aggregate.objects.filter(pk__in=ids, status=Aggregate.Status.BUILDING))
        announce_ready(scope, done)
        mark_due(cursor, scope.tenant_id, QUEUE)


def _limit(cursor: Cursor) -> None:
    if not connection.in_atomic_block or len(connection.savepoint_ids) == 0:
        cursor.execute(_TIMEOUT)
