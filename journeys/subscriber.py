"""What a processed batch of events, or a change of segments, means for journeys: in its own transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from psycopg import Cursor

from profiles.batch import ProcessedBatch
from profiles.segments.changes import SegmentChange
from tenants.scope import Scope

from . import hints
from .facts import folded
from .intake import names
from .intake.merging import merge
from .intake.signals import Signal
from .intake.splitting import give_back
from .intake.store import read_ways, write_ways
from .intake.ways import Ways
from .running import Running, running


def on_events(scope: Scope, batch: ProcessedBatch) -> None:
    """settings.EVENT_SUBSCRIBERS. One look at a counter when no journey looks for any of the events."""
    tracked = [event for event in batch.happened if event.type == "track"]
    if not tracked and not batch.merged and not batch.split:
        return
    now = dt.datetime.now(dt.UTC)
    with Cursor(connection.connection) as cursor:
        if batch.merged:
            merge(cursor, scope.schema, batch.merged, now)
        give_back(cursor, scope.schema, batch.split)
        names.note(cursor, scope.schema, {event.name.strip() for event in tracked})
        known = running(cursor, scope.schema)
        looked_for = known.events | known.by_event.keys()
        signals = [
            Signal(
                event.profile_id,
                event.unit,
                "event",
                event.name,
                dt.datetime.fromtimestamp(event.at, dt.UTC),
                event.properties,
            )
            for event in tracked
            if looked_for and folded(event.name) in looked_for
        ]
        take(cursor, scope, known, signals, now)


def on_segments(scope: Scope, changes: Sequence[SegmentChange]) -> None:
    """settings.SEGMENT_SUBSCRIBERS."""
    now = dt.datetime.now(dt.UTC)
    with Cursor(connection.connection) as cursor:
        known = running(cursor, scope.schema)
        wanted = {key for key, _ in known.by_segment} | known.left_segments
        relevant = [change for change in changes if change.segment_key in wanted]
        if not relevant:
            return
        units = _units(cursor, scope.schema, [change.profile_id for change in relevant])
        signals = [
            Signal(
                change.profile_id,
                units[change.profile_id],
                "entered" if change.entered else "left",
                change.segment_key,
                dt.datetime.fromtimestamp(change.at, dt.UTC),
                starts=not change.redefined,
            )
            for change in relevant
            if change.profile_id in units
        ]
        take(cursor, scope, known, signals, now)


def take(cursor: Cursor, scope: Scope, known: Running, signals: Sequence[Signal], now: dt.datetime) -> int:
    """Let signals, in their order, change the ways of their shoppers; how many entered a journey."""
    if not signals:
        return 0
    people = sorted({signal.profile_id for signal in signals})
    ways = Ways(known, read_ways(cursor, scope.schema, known, people), now)
    for signal in signals:
        ways.take(signal)
    changed = [way for way in ways.all() if way.changed]
    entered = write_ways(cursor, scope, changed, now)
    if changed:
        transaction.on_commit(lambda: hints.publish(scope.schema))
    return entered


def _units(cursor: Cursor, schema: str, profile_ids: list[int]) -> dict[int, Any]:
    rows = cursor.execute(
        f'SELECT id, unit FROM "{schema}".profiles_profile WHERE id = ANY(%b::bigint[])',
        [profile_ids],
        binary=True,
    ).fetchall()
    return {profile_id: bytes(unit) for profile_id, unit in rows}
