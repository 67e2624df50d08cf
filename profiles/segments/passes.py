"""One segment's pass over everybody, a chunk of profiles at a time.

A pass looks for shoppers whose membership differs from what the definition says, without locks, and hands only those
to the writer that the batches use. A batch in flight while a definition changes is waited for (see membership), so
nobody is judged by an old one after the pass went by. Killed at any point, a pass goes on from its cursor.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import orjson
from django.db import connection, transaction
from psycopg import Cursor, errors

from tenants.due import mark_due
from tenants.scope import Scope

from ..days import calendar_of
from .compiler import between, compile_node
from .definition import BadDefinition, parse
from .live import hold_definitions, live_segments, read_documents
from .membership import settle
from .moments import QUEUE, day_of, next_pass, today
from .needs import needs
from .stock import read_stock
from .tallies import ADDED, DAY

CHUNK = 10_000  # profiles looked at in one statement
PORTION = 1_000  # shoppers whose membership changes in one transaction
_SCAN_MS = 60_000
_TIMEOUT = "SET LOCAL transaction_timeout = '14s'"


@dataclass(frozen=True)
class Pending:
    """A segment with a pass to begin (`cursor` None) or to go on with."""

    id: int
    key: str
    revision: int
    definition: str
    cursor: int | None
    day: dt.date | None


class Moved(Exception):
    """The definition changed meanwhile: the pass begins again."""


def next_pending(cursor: Cursor, schema: str) -> Pending | None:
    """Passes in progress first, then the segments that were never computed, then those of a new day.

    Those that ask for what is still being computed wait. What gave up is tried once a day. Until a pass ends, whoever enters counts as redefined: the rest of a first pass
    that failed half-way did not enter the next day.
    """
    rows = cursor.execute(
        f"""SELECT id, key, revision, definition::text, cursor, computed_on FROM "{schema}".profiles_segment
            WHERE status = 'live' AND (cursor IS NOT NULL
                OR (computed_revision < revision AND (error = '' OR computed_on IS NULL))
                OR ((timed OR error <> '') AND computed_on < %s))
            ORDER BY cursor IS NULL, computed_revision < revision DESC, id""",
        [day_of(today(calendar_of(schema)))],
    ).fetchall()
    if not rows:
        return None
    documents, stock = read_documents(cursor, schema), read_stock(cursor, schema)
    for row in rows:
        try:
            met = needs(parse(orjson.loads(row[3])), documents).met(stock)
        except BadDefinition:
            met = True  # its turn says what is wrong with it
        if met:
            return Pending(*row)
    return None


def step(cursor: Cursor, scope: Scope, pending: Pending) -> None:
    """One chunk of profiles, or the end of the pass."""
    table = f'"{scope.schema}".profiles_segment'
    if pending.cursor is None:
        cursor.execute(
            f"UPDATE {table} SET cursor = 0, computed_on = %s WHERE id = %s AND revision = %s AND cursor IS NULL",
            [day_of(today(calendar_of(scope.schema))), pending.id, pending.revision],
        )
        return
    row = cursor.execute(
        f"""SELECT max(id) FROM (SELECT id FROM "{scope.schema}".profiles_profile WHERE id > %s
            ORDER BY id LIMIT {CHUNK}) AS next""",
        [pending.cursor],
    ).fetchone()
    until = row[0] if row else None
    if until is None:
        _finish(cursor, scope, pending)
        return
    differing = _differing(cursor, scope.schema, pending, until)
    for start in range(0, len(differing), PORTION):
        _settle_portion(cursor, scope, pending, differing[start : start + PORTION])
    cursor.execute(
        f"UPDATE {table} SET cursor = %s WHERE id = %s AND revision = %s AND cursor = %s",
        [until, pending.id, pending.revision, pending.cursor],
    )


def _differing(cursor: Cursor, schema: str, pending: Pending, until: int) -> list[int]:
    """Profiles up to `until` whose membership is not what the definition says."""
    documents = read_documents(cursor, schema)
    whom = between(pending.cursor or 0, until)
    compiled = compile_node(
        schema,
        parse(orjson.loads(pending.definition)),
        documents,
        whom,
        today(calendar_of(schema)),
        read_stock(cursor, schema),
    )
    with transaction.atomic():
        cursor.execute(f"SET LOCAL statement_timeout = {_SCAN_MS}")
        rows = cursor.execute(
            f"""SELECT p.id FROM "{schema}".profiles_profile p
                LEFT JOIN "{schema}".profiles_segmentmember m ON m.segment_id = %(segment)s AND m.profile_id = p.id
                WHERE {whom.sql("p.id")} AND {compiled.sql} <> (m.profile_id IS NOT NULL) ORDER BY p.id""",  # type: ignore[arg-type]
            {**compiled.params, "segment": pending.id},
        ).fetchall()
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    return [row[0] for row in rows]


def _settle_portion(cursor: Cursor, scope: Scope, pending: Pending, profile_ids: list[int]) -> None:
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            cursor.execute(_TIMEOUT)
        # In the order in which batches lock.
        cursor.execute(
            f"""SELECT id FROM "{scope.schema}".profiles_profile WHERE id = ANY(%s::bigint[])
                ORDER BY id FOR NO KEY UPDATE""",
            [profile_ids],
        )
        hold_definitions(cursor, scope.schema)
        live, documents = live_segments(cursor, scope.schema)
        mine = [s for s in live if s.id == pending.id and s.revision == pending.revision]
        if not mine:
            raise Moved
        settle(cursor, scope, mine, documents, profile_ids, isolate=False)


def _finish(cursor: Cursor, scope: Scope, pending: Pending) -> None:
    """The pass is done. Size and tallies are read in one snapshot, so that no change is counted twice or not at all."""
    schema = scope.schema
    with transaction.atomic():
        cursor.execute(
            f"""WITH folded AS (DELETE FROM "{schema}".profiles_segmenttally WHERE segment_id = %(id)s
                                RETURNING entered, gone),
                     sized AS (
                UPDATE "{schema}".profiles_segment SET cursor = NULL, computed_revision = revision, computed_at = now(),
                    error = '', members = (SELECT count(*) FROM "{schema}".profiles_segmentmember WHERE segment_id = %(id)s)
                WHERE id = %(id)s AND revision = %(revision)s AND cursor IS NOT NULL RETURNING id, members)
                INSERT INTO "{schema}".profiles_segmentday AS d (segment_id, day, members, entered, "left")
                SELECT id, {DAY}, members, (SELECT coalesce(sum(entered), 0) FROM folded),
                    (SELECT coalesce(sum(gone), 0) FROM folded) FROM sized {ADDED}""",
            {"id": pending.id, "revision": pending.revision},
        )
        if cursor.rowcount == 0:
            transaction.set_rollback(True)
            return
        days = calendar_of(schema)
        day = (pending.day - dt.date(1970, 1, 1)).days if pending.day else today(days)
        mark_due(cursor, scope.tenant_id, QUEUE, next_pass(day, days))


def give_up(cursor: Cursor, scope: Scope, pending: Pending, error: Exception) -> None:
    """The pass ends with its reason on the segment; the next day, or a change of the definition, tries again."""
    slow = isinstance(error, errors.QueryCanceled)
    reason = "It takes too long to be computed; narrow it down." if slow else str(error) or repr(error)
    with transaction.atomic():
        cursor.execute(
            f"""UPDATE "{scope.schema}".profiles_segment
                SET cursor = NULL, computed_on = %s, error = %s WHERE id = %s AND revision = %s""",
            [day_of(today(calendar_of(scope.schema))), reason[:500], pending.id, pending.revision],
        )
        days = calendar_of(scope.schema)
        mark_due(cursor, scope.tenant_id, QUEUE, next_pass(today(days), days))
