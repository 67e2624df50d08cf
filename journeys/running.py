"""Which journeys run, compiled once per process and refreshed when something is published, paused or archived.

The counter "journeys" of the tenant's schema says when: one read by primary key for a batch of events or enrolments.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog

from .facts import folded
from .graph import BadGraph, Compiled, Plan, compile_graph
from .models import Journey

log = structlog.get_logger("attune.journeys")

EPOCH = "journeys"
_KEPT = 500
_lock = threading.Lock()
_known: OrderedDict[str, Running] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Version:
    """A published version. `status` is its journey's; `enters`: newcomers take this one."""

    id: int
    journey_id: int
    status: str
    enters: bool
    plan: Plan


@dataclass(slots=True)
class Running:
    """`events`: folded names that any version's trigger, wait, exit or goal looks for."""

    epoch: int
    versions: dict[int, Version] = field(default_factory=dict)
    by_event: dict[str, list[tuple[Version, Compiled]]] = field(default_factory=dict)
    by_segment: dict[tuple[str, str], list[tuple[Version, Compiled]]] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)
    left_segments: set[str] = field(default_factory=set)


def outdate(cursor: Any, schema: str) -> None:
    """Move the counter in the caller's transaction. Cached recommendations are not concerned."""
    cursor.execute(
        f"""INSERT INTO "{schema}".workspace_epoch AS e (name, value) VALUES ('{EPOCH}', 1)
            ON CONFLICT (name) DO UPDATE SET value = e.value + 1"""
    )


def running(cursor: Any, schema: str) -> Running:
    """The tenant's journeys as they are in the cursor's transaction."""
    cursor.execute(f"SELECT value FROM \"{schema}\".workspace_epoch WHERE name = '{EPOCH}'")
    row = cursor.fetchone()
    epoch = row[0] if row else 0
    with _lock:
        known = _known.get(schema)
        if known is not None and known.epoch == epoch:
            _known.move_to_end(schema)
            return known
    fresh = _load(cursor, schema, epoch) if epoch else Running(0)
    with _lock:
        _known[schema] = fresh
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    return fresh


def forget() -> None:
    with _lock:
        _known.clear()


def _load(cursor: Any, schema: str, epoch: int) -> Running:
    # Versions that newcomers enter (or entered last: goals may still be reached), and those that somebody is on.
    result = Running(epoch)
    _read(
        cursor,
        schema,
        result,
        f"""v.id = j.live_version_id OR EXISTS (
                SELECT 1 FROM "{schema}".journeys_enrolment e
                WHERE e.journey_id = v.journey_id AND e.finished_at IS NULL AND e.version_id = v.id)""",
        [],
    )
    return result


def include(cursor: Any, schema: str, known: Running, version_ids: Iterable[int]) -> None:
    """Read versions that `known` does not hold: somebody entered one just as the next was published."""
    missing = sorted(set(version_ids) - known.versions.keys())
    if missing:
        _read(cursor, schema, known, "v.id = ANY(%s)", [missing])


def _read(cursor: Any, schema: str, result: Running, condition: str, parameters: list[Any]) -> None:
    cursor.execute(
        f"""SELECT v.id, v.journey_id, j.status, v.graph, v.id = j.live_version_id
            FROM "{schema}".journeys_version v JOIN "{schema}".journeys_journey j ON j.id = v.journey_id
            WHERE {condition}""",
        parameters,
    )
    for version_id, journey_id, status, graph, newest in cursor.fetchall():
        try:
            plan = compile_graph(_json(graph))
        except BadGraph:
            log.exception("published version can't be read", tenant=schema, version=version_id)
            continue
        enters = bool(newest) and status == Journey.Status.LIVE
        add(result, Version(version_id, journey_id, status, enters, plan))


def add(result: Running, version: Version) -> None:
    result.versions[version.id] = version
    plan = version.plan
    for compiled in plan.nodes.values():
        kind, config = compiled.node.type, compiled.config
        if kind == "event_trigger" and version.enters:
            result.by_event.setdefault(folded(config.event), []).append((version, compiled))
        elif kind == "segment_trigger" and version.enters:
            result.by_segment.setdefault((config.segment, config.when), []).append((version, compiled))
        elif kind == "wait_until":
            result.events.add(folded(config.event))
    result.events.update(folded(name) for name in plan.settings.exit_on.events)
    if plan.settings.goal is not None:
        result.events.add(folded(plan.settings.goal.event))
    if plan.settings.exit_on.left_segment:
        result.left_segments.add(plan.settings.exit_on.left_segment)


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value
