"""Segments follow each processed batch, inside its transaction. Listed first in settings.EVENT_SUBSCRIBERS, so that
whoever hears of the batch after it finds membership up to date.
"""

from __future__ import annotations

from django.db import connection
from psycopg import Cursor

from tenants.scope import Scope

from ..batch import ProcessedBatch
from .again import been_in
from .looking import only_looked
from .membership import refresh
from .merging import follow_merges


def on_events(scope: Scope, batch: ProcessedBatch) -> None:
    """Judge the batch's shoppers, whose rows it holds."""
    with Cursor(connection.connection) as cursor:
        before = (
            been_in(cursor, scope.schema, batch.split, batch.merged) if batch.split or batch.merged else None
        )
        follow_merges(cursor, scope.schema, batch.merged)
        shoppers = [changed.profile_id for changed in batch.changed]
        refresh(cursor, scope, shoppers, only_looked(batch), before)
