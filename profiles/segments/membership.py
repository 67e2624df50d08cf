"""Membership of some shoppers brought up to date.

The caller holds the rows of the profiles, so two writers never decide about one shopper at a time, and definitions stay
as they are until its transaction ends (see live).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from django.db import OperationalError
from psycopg import Cursor, errors

from tenants.due import mark_due
from tenants.scope import Scope

from .again import Before, keep_dates
from .changes import SegmentChange, tell
from .definition import BadDefinition, Node, leaves, parse
from .live import Live, hold_definitions, live_segments
from .moments import QUEUE
from .needs import needs
from .stock import Stock, read_stock
from .tallies import count
from .writing import write

log = structlog.get_logger("attune.segments")

# A batch has 14 seconds for everything; segments may take this much of them.
TOGETHER_SECONDS = 4.0
ONE_SECONDS = 1.0
APART_SECONDS = 4.0


def refresh(
    cursor: Cursor,
    scope: Scope,
    profile_ids: Sequence[int],
    lookers: frozenset[int] = frozenset(),
    before: Before | None = None,
) -> list[SegmentChange]:
    """Bring the shoppers' membership in all live segments up to date and tell the subscribers.

    `lookers`: those of them who did nothing but look since they were judged last; segments that looking can't move are
    not asked about them. Two queries when the tenant has no live segment, five at most otherwise. A segment that fails
    is left as it was, with the reason on it; the others go on. `before`: entries that only repeat earlier ones.
    """
    if not profile_ids:
        return []
    hold_definitions(cursor, scope.schema)
    live, documents = live_segments(cursor, scope.schema)
    if not live:
        return []
    still = {segment.id for segment in live if _keeps_still(segment)} if lookers else set()
    changes = settle(
        cursor, scope, [s for s in live if s.id not in still], documents, profile_ids, before=before
    )
    active = [profile for profile in profile_ids if profile not in lookers]
    if still and active:
        changes += settle(cursor, scope, [s for s in live if s.id in still], documents, active, before=before)
    return changes


def _keeps_still(segment: Live) -> bool:
    """Whether looking moves nobody in or out. At midnight the pass over everybody does what time alone brings."""
    try:
        return not any(leaf.moved_by_looking for _, leaf in leaves(parse(segment.definition)))
    except BadDefinition:
        return False


def settle(
    cursor: Cursor,
    scope: Scope,
    segments: Sequence[Live],
    documents: Mapping[str, Any],
    profile_ids: Sequence[int],
    *,
    isolate: bool = True,
    before: Before | None = None,
) -> list[SegmentChange]:
    """`refresh` for some segments that were read under `hold_definitions`; without `isolate` a failing one raises."""
    if not segments:
        return []
    trees, broken = _trees(segments)
    for segment, error in broken.items():
        _note(cursor, scope.schema, segment, error)
    stock = read_stock(cursor, scope.schema)
    # What is still being computed of everybody is judged by the pass that follows.
    trees = {segment: tree for segment, tree in trees.items() if needs(tree, documents).met(stock)}
    try:
        changes = write(cursor, scope, trees, documents, stock, profile_ids, TOGETHER_SECONDS)
    except Exception as error:  # whatever a definition can cause: it is found by trying them one by one
        if not isolate or _is_away(error):
            raise
        log.warning("segments failed together; trying one by one", tenant=scope.schema, error=repr(error))
        changes = _write_apart(cursor, scope, trees, documents, stock, profile_ids)
    if before:
        changes = [
            replace(c, redefined=True) if c.entered and (c.segment_id, c.profile_id) in before else c
            for c in changes
        ]
        entered = [(c.segment_id, c.profile_id) for c in changes if c.entered]
        keep_dates(cursor, scope.schema, entered, before)
    if changes:
        count(cursor, scope.schema, changes)
        mark_due(cursor, scope.tenant_id, QUEUE)
        tell(scope, changes)
    return changes


def _write_apart(
    cursor: Cursor,
    scope: Scope,
    trees: Mapping[Live, Node],
    documents: Mapping[str, Any],
    stock: Stock,
    profile_ids: Sequence[int],
) -> list[SegmentChange]:
    changes: list[SegmentChange] = []
    deadline = time.monotonic() + APART_SECONDS
    for segment, tree in trees.items():
        left = min(ONE_SECONDS, deadline - time.monotonic())
        if left < 0.05:
            _note(cursor, scope.schema, segment, "The segments before it took too long.")
            continue
        try:
            changes += write(cursor, scope, {segment: tree}, documents, stock, profile_ids, left)
        except Exception as error:  # this segment's own fault
            if _is_away(error):
                raise
            log.exception("segment failed", tenant=scope.schema, segment=segment.key)
            _note(cursor, scope.schema, segment, _reason(error))
    return changes


def _is_away(error: Exception) -> bool:
    """Whether the database is the trouble, and not the statement."""
    return isinstance(error, errors.OperationalError | OperationalError) and not isinstance(
        error, errors.QueryCanceled
    )


def _reason(error: Exception) -> str:
    if isinstance(error, errors.QueryCanceled):
        return "It takes too long to be judged for each event; it is brought up to date once a day."
    return str(error) or type(error).__name__


def _trees(segments: Sequence[Live]) -> tuple[dict[Live, Node], dict[Live, str]]:
    trees: dict[Live, Node] = {}
    broken: dict[Live, str] = {}
    for segment in segments:
        try:
            trees[segment] = parse(segment.definition)
        except BadDefinition as error:
            broken[segment] = str(error)
    return trees, broken


def _note(cursor: Cursor, schema: str, segment: Live, error: str) -> None:
    """Write the reason on the segment, unless somebody holds it: a batch waits for nobody."""
    cursor.execute(
        f"""UPDATE "{schema}".profiles_segment SET error = %s WHERE id = (
                SELECT id FROM "{schema}".profiles_segment WHERE id = %s AND error <> %s FOR UPDATE SKIP LOCKED)""",
        [error[:500], segment.id, error[:500]],
    )
