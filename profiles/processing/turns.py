"""Tenants take turns: one that is flooded holds a worker no longer than the others can wait.

The broker's queue of hints is a ring. A tenant has at most one hint in it (ingest.hints), a worker that takes it up
works for a turn and puts the tenant at the end again while it has more. However many tenants are flooded, the ring
comes around within about `ROUND_SECONDS`, because a turn is shorter the more of them wait.
"""

from __future__ import annotations

import time

from django.db import connection
from psycopg import Cursor

from tenants.scope import Scope

from ..ingest import hints
from . import versions
from .batches import run_once
from .claim import BATCH

# So long may a tenant wait for its turn while all are flooded.
ROUND_SECONDS = 1.0
LONGEST_SECONDS, SHORTEST_SECONDS = 5.0, 0.05
# While others wait, a batch takes a part of a turn, not several.
SHARED_BATCH = 400


def process_turn(scope: Scope) -> tuple[int, bool]:
    """(events that left the queue, whether more may wait) after one turn."""
    started = time.monotonic()
    done = 0
    while True:
        waiting = hints.others_waiting(scope.schema)
        # Looked at after each batch: a tenant that comes meanwhile waits for this batch, not for this turn.
        if done and time.monotonic() - started > turn_seconds(waiting):
            return done, True
        count = run_once(scope, SHARED_BATCH if waiting else BATCH)
        if not count:
            connection.ensure_connection()
            with Cursor(connection.connection) as cursor:
                versions.tell_noted(cursor, scope.schema)
            return done, False
        done += count


def turn_seconds(waiting: int) -> float:
    """How long a turn lasts while `waiting` hints of other tenants are in the ring."""
    if not waiting:
        return LONGEST_SECONDS
    return max(SHORTEST_SECONDS, ROUND_SECONDS / (waiting + 1))
