"""Everybody judged again: for a new or changed definition, and once a day for what the calendar alone moves.

One worker at a time goes on with a tenant's passes; what is computed of everybody for them (see traits.building) several
workers share.
"""

from __future__ import annotations

import time

import structlog
from django.db import connection, transaction
from psycopg import Cursor, errors

from tenants.locks import alone
from tenants.scope import Scope

from ..features.zone import count_again
from ..traits.building import build_turn
from .live import hold_definitions
from .passes import Moved, give_up, next_pending, step
from .tallies import fold_tallies

log = structlog.get_logger("attune.segments")

_DROPPED = 20_000


def run_turn(scope: Scope, seconds: float = 10.0) -> bool:
    """Go on with the tenant's passes for about `seconds`; whether more is to be done, by this worker or another."""
    deadline = time.monotonic() + seconds
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        if _passes(cursor, scope, deadline):
            return True
        # What the other segments wait for; they follow with what it has made ready.
        return build_turn(cursor, scope, deadline) or _passes(cursor, scope, deadline)


def _passes(cursor: Cursor, scope: Scope, deadline: float) -> bool:
    # A second worker would do no harm, but the same work.
    with alone(f"{scope.schema}:segment-passes") as mine:
        return _go_on(cursor, scope, deadline) if mine else next_pending(cursor, scope.schema) is not None


def _go_on(cursor: Cursor, scope: Scope, deadline: float) -> bool:
    fold_tallies(cursor, scope.schema)
    while drop_members(cursor, scope.schema):
        if time.monotonic() > deadline:
            return True
    if count_again(cursor, scope, deadline):
        return True
    while (pending := next_pending(cursor, scope.schema)) is not None:
        if time.monotonic() > deadline:
            return True
        try:
            step(cursor, scope, pending)
        except Moved:
            continue
        except Exception as error:  # a definition that fails: said on the segment, the others go on
            if isinstance(error, errors.OperationalError) and not isinstance(error, errors.QueryCanceled):
                raise
            log.exception("segment could not be computed", tenant=scope.schema, segment=pending.key)
            give_up(cursor, scope, pending, error)
    return False


def drop_members(cursor: Cursor, schema: str) -> int:
    """Forget some members of segments that are not live; how many."""
    with transaction.atomic():
        hold_definitions(cursor, schema)
        cursor.execute(
            f"""DELETE FROM "{schema}".profiles_segmentmember WHERE (segment_id, profile_id) IN (
                    SELECT m.segment_id, m.profile_id FROM "{schema}".profiles_segmentmember m
                    JOIN "{schema}".profiles_segment s ON s.id = m.segment_id AND s.status <> 'live'
                    LIMIT {_DROPPED})"""
        )
        return cursor.rowcount
