"""Measures in the batch that processes events: read, kept up to date, folded where profiles merge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from psycopg import Cursor

from ..days import calendar_of
from ..segments.live import hold_definitions
from .seen import note_seen
from .states import Measures, kept

if TYPE_CHECKING:
    from ..processing.drafts import Draft

__all__ = ["finish_states", "kept_measures", "note_seen"]


def kept_measures(cursor: Cursor, schema: str) -> Measures:
    """What is kept of the tenant's shoppers; it stays so until the caller's transaction ends.

    Call it when the profiles are locked, as `hold_definitions`.
    """
    hold_definitions(cursor, schema)
    return read_measures(cursor, schema)


def read_measures(cursor: Cursor, schema: str) -> Measures:
    rows = cursor.execute(
        f"""SELECT id, digest, definition::text, status = 'building' FROM "{schema}".profiles_aggregate ORDER BY id"""
    ).fetchall()
    return Measures.of(
        (kept(id, digest, definition, building=building) for id, digest, definition, building in rows),
        calendar_of(schema),
    )


def finish_states(
    cursor: Cursor, schema: str, measures: Measures, drafts: Iterable[Draft], today: int
) -> None:
    """Fold what merged profiles had, follow changed traits, forget old days. After the traits are merged."""
    merged = []
    for draft in drafts:
        for theirs in draft.absorbed:
            measures.fold(draft.computed, theirs)
        if draft.absorbed:
            merged.append(draft.id)
        if draft.traits_changed:
            for one in measures.of_traits:
                one.project(draft.computed, draft.traits)
        measures.prune(draft.computed, today)
    if merged and measures.building:
        # One of the two may not have been built yet: their states are made again before anybody reads them.
        cursor.execute(
            f"""INSERT INTO "{schema}".profiles_aggregateredo (profile_id)
                SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING""",
            [merged],
        )
