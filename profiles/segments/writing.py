"""The one writer of profiles_segmentmember: who holds is in, who doesn't is out, and a stay that ended is remembered."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from psycopg import Cursor

from tenants.scope import Scope

from ..days import calendar_of
from .changes import SegmentChange
from .compiler import compile_many, these
from .definition import Node
from .live import Live
from .moments import today
from .stock import Stock


def write(
    cursor: Cursor,
    scope: Scope,
    trees: Mapping[Live, Node],
    documents: Mapping[str, Any],
    stock: Stock,
    profile_ids: Sequence[int],
    seconds: float,
) -> list[SegmentChange]:
    """Judge the shoppers by the trees, in one statement of at most `seconds`; who came and who left."""
    if not trees:
        return []
    compiled = compile_many(
        scope.schema, trees, documents, these(list(profile_ids)), today(calendar_of(scope.schema)), stock
    )
    keys = {segment.id: segment.key for segment in trees}
    computed = {segment.id: segment.computed for segment in trees}
    member = f'"{scope.schema}".profiles_segmentmember'
    lines = ", ".join(f"({segment.id}::bigint, {one.sql})" for segment, one in compiled.items())
    params = {
        **next(iter(compiled.values())).params,
        "segments": list(keys),
        "told": [segment.id for segment in trees if segment.computed],
    }
    with transaction.atomic():
        cursor.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
        rows = cursor.execute(
            f"""WITH holds AS MATERIALIZED (
                    SELECT s.segment_id, p.id AS profile_id FROM "{scope.schema}".profiles_profile p
                    CROSS JOIN LATERAL (VALUES {lines}) AS s(segment_id, holds)
                    WHERE p.id = ANY(%(ids)s::bigint[]) AND s.holds
                ), came AS (
                    INSERT INTO {member} (segment_id, profile_id, entered_at)
                    SELECT segment_id, profile_id, now() FROM holds ON CONFLICT DO NOTHING
                    RETURNING segment_id, profile_id
                ), gone AS (
                    DELETE FROM {member} m
                    WHERE m.profile_id = ANY(%(ids)s::bigint[]) AND m.segment_id = ANY(%(segments)s::bigint[])
                        AND NOT EXISTS (SELECT 1 FROM holds h
                            WHERE h.segment_id = m.segment_id AND h.profile_id = m.profile_id)
                    RETURNING segment_id, profile_id, entered_at
                ), stayed AS (
                    INSERT INTO "{scope.schema}".profiles_segmentstay (segment_id, profile_id, entered_at, left_at)
                    SELECT segment_id, profile_id, entered_at, now() FROM gone
                    WHERE segment_id = ANY(%(told)s::bigint[])
                )
                SELECT segment_id, profile_id, true FROM came
                UNION ALL SELECT segment_id, profile_id, false FROM gone ORDER BY 2, 1""",  # type: ignore[arg-type]
            params,
        ).fetchall()
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    now = int(time.time())
    return [
        SegmentChange(s, keys[s], profile, entered, now, redefined=not computed[s])
        for s, profile, entered in rows
    ]
