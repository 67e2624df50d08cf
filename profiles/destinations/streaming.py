"""Processed batches and moves of segments, noted for the destinations that get them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from psycopg import Cursor

from tenants.connectors import outbox
from tenants.scope import Scope

from ..batch import ProcessedBatch
from ..segments.changes import SegmentChange
from .warehouse import corrections

EVENTS, MOVES = "events", "segment_moves"


def on_events(scope: Scope, batch: ProcessedBatch) -> None:
    """Called inside the batch's transaction: an event is noted exactly if it is counted."""
    if batch.split:
        with Cursor(connection.connection) as cursor:
            corrections.note(cursor, scope.schema, batch.split)
    found = [(event.event_id, event.received_at) for event in batch.happened if event.received_at is not None]
    if found:
        with Cursor(connection.connection) as cursor:
            outbox.put(cursor, scope.schema, EVENTS, [i for i, _ in found], [at for _, at in found])


def on_segments(scope: Scope, changes: Sequence[SegmentChange]) -> None:
    """Called inside the transaction that changed the membership."""
    with Cursor(connection.connection) as cursor:
        if not changes or not outbox.wanted(cursor, scope.schema, MOVES):
            return
        cursor.execute(
            f"""INSERT INTO "{scope.schema}".profiles_segmentmove (segment_key, profile_id, entered, redefined, at)
                SELECT key, profile, entered, redefined, to_timestamp(at)
                FROM unnest(%b::text[], %b::bigint[], %b::boolean[], %b::boolean[], %b::bigint[])
                     AS t(key, profile, entered, redefined, at)""",
            [
                [c.segment_key for c in changes],
                [c.profile_id for c in changes],
                [c.entered for c in changes],
                [c.redefined for c in changes],
                [c.at for c in changes],
            ],
        )
