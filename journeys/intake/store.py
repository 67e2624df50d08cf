"""Ways from and into the tables: one statement to read a batch's, a few to write what changed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
from psycopg import Cursor

from tenants import vault
from tenants.crypto import seal
from tenants.due import mark_due
from tenants.scope import Scope

from ..engine.advance import StepMade
from ..engine.write import Counts, add_counts, count_end, insert_steps
from ..hints import JOURNEYS
from ..running import Running, include
from .ways import Way


def read_ways(cursor: Cursor, schema: str, known: Running, profile_ids: Sequence[int]) -> list[Way]:
    """Locked: live ways, those whose goal is still open, and the newest of each journey for the entry rules."""
    rows = cursor.execute(
        f"""SELECT id, version_id, profile_id, unit, node, entered_at, visit, waiting_since, woken, finished_at,
                   goal_until, goal_at
            FROM "{schema}".journeys_enrolment e
            WHERE profile_id = ANY(%b::bigint[]) AND (finished_at IS NULL OR (goal_at IS NULL AND goal_until > statement_timestamp())
                OR id = (SELECT max(id) FROM "{schema}".journeys_enrolment n
                         WHERE n.profile_id = e.profile_id AND n.journey_id = e.journey_id))
            ORDER BY id FOR UPDATE""",
        [list(profile_ids)],
        binary=True,
        prepare=True,
    ).fetchall()
    include(cursor, schema, known, {row[1] for row in rows})
    return [
        Way(
            id_,
            known.versions[version],
            profile,
            bytes(unit),
            node,
            entered,
            visit,
            waiting,
            woken,
            ended_at=ended,
            goal_until=until,
            goal_at=goal,
        )
        for id_, version, profile, unit, node, entered, visit, waiting, woken, ended, until, goal in rows
        if version in known.versions
    ]


def write_ways(cursor: Cursor, scope: Scope, ways: Sequence[Way], now: dt.datetime) -> int:
    """Store what changed; how many entered."""
    changed = [way for way in ways if way.changed]
    if not changed:
        return 0
    counts: Counts = Counter()
    old, new = [way for way in changed if way.id], [way for way in changed if not way.id]
    if old:
        _update(cursor, scope.schema, old, now)
    entered = _insert(cursor, scope, new, now) if new else []
    for way in entered:
        counts[way.version.id, "", "entered"] += 1
        counts[way.version.id, way.node, "entered"] += 1
    there = [*old, *entered]
    ended = [way for way in there if way.finished]
    for way in ended:
        counts[way.version.id, way.node, "left"] += 1
        count_end(counts, way.version.id, way.node, way.finished)
    for way in there:
        if way.goal_is_news:
            counts[way.version.id, "", "goal"] += 1
    insert_steps(
        cursor,
        scope.schema,
        ((way.id, StepMade(way.visit, way.node, now, "", way.finished, way.reason)) for way in ended),
    )
    _recall_messages(cursor, scope.schema, [way.id for way in old if way.finished])
    add_counts(cursor, scope.schema, counts)
    if entered or any(way.woken for way in old):
        mark_due(cursor, scope.tenant_id, JOURNEYS)
    return len(entered)


def _update(cursor: Cursor, schema: str, ways: Sequence[Way], now: dt.datetime) -> None:
    cursor.execute(
        f"""UPDATE "{schema}".journeys_enrolment e
            SET woken = t.woken,
                woken_detail = CASE WHEN t.woken = e.woken THEN e.woken_detail ELSE t.detail END,
                resume_at = CASE WHEN t.outcome <> '' THEN NULL WHEN t.woken <> '' THEN %b ELSE e.resume_at END,
                finished_at = CASE WHEN t.outcome <> '' THEN %b ELSE e.finished_at END,
                outcome = CASE WHEN t.outcome <> '' THEN t.outcome ELSE e.outcome END,
                reason = CASE WHEN t.outcome <> '' THEN t.reason ELSE e.reason END,
                parked = e.parked AND t.outcome = '' AND t.woken = '',
                goal_at = t.goal_at, goal_value = CASE WHEN e.goal_at IS NULL THEN t.value ELSE e.goal_value END
            FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[], %b::timestamptz[],
                        %b::float8[]) AS t(id, woken, detail, outcome, reason, goal_at, value)
            WHERE e.id = t.id""",
        [
            now,
            now,
            [w.id for w in ways],
            [w.woken for w in ways],
            [w.detail for w in ways],
            [w.finished for w in ways],
            [w.reason[:200] for w in ways],
            [w.goal_at for w in ways],
            [w.goal_value for w in ways],
        ],
        prepare=True,
    )


def _insert(cursor: Cursor, scope: Scope, ways: Sequence[Way], now: dt.datetime) -> list[Way]:
    """The new ways, their contexts sealed for the shopper. Who is in the journey already stays as they are."""
    units = {way.unit for way in ways if way.context}
    keys = vault.existing_person_keys(scope.tenant_id, units)
    if len(keys) < len(units):
        keys.update(vault.person_keys(scope.tenant_id, units - keys.keys()))
    rows = cursor.execute(
        f"""INSERT INTO "{scope.schema}".journeys_enrolment
                (journey_id, version_id, profile_id, unit, context, node, entered_at, goal_until, finished_at, outcome,
                 reason, goal_at, goal_value, resume_at, visit, parked, woken, woken_detail, attempts)
            SELECT t.*, CASE WHEN t.finished_at IS NULL THEN %b END, 0, false, '', '', 0
            FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bytea[], %b::bytea[], %b::text[],
                        %b::timestamptz[], %b::timestamptz[], %b::timestamptz[], %b::text[], %b::text[],
                        %b::timestamptz[], %b::float8[])
                 AS t(journey_id, version_id, profile_id, unit, context, node, entered_at, goal_until, finished_at,
                      outcome, reason, goal_at, goal_value)
            ON CONFLICT (journey_id, profile_id) WHERE finished_at IS NULL DO NOTHING
            RETURNING id, journey_id, profile_id, finished_at IS NULL""",
        [
            now,
            [w.version.journey_id for w in ways],
            [w.version.id for w in ways],
            [w.profile_id for w in ways],
            [w.unit for w in ways],
            [seal(keys[w.unit], _written(w.context)) if w.context else b"" for w in ways],
            [w.node for w in ways],
            [w.entered_at for w in ways],
            [w.goal_until for w in ways],
            [w.ended_at for w in ways],
            [w.finished for w in ways],
            [w.reason[:200] for w in ways],
            [w.goal_at for w in ways],
            [w.goal_value for w in ways],
        ],
        binary=True,
    ).fetchall()
    waiting: dict[tuple[int, int, bool], list[Way]] = {}
    for way in ways:
        waiting.setdefault((way.version.journey_id, way.profile_id, way.live), []).append(way)
    entered = []
    for id_, journey, profile, live in rows:
        way = waiting[journey, profile, live].pop(0)
        way.id = id_
        entered.append(way)
    return entered


def _written(context: dict[str, Any]) -> bytes:
    """As JSON. Numbers and texts that orjson can't write become what it can: the event is worth more than a digit."""
    try:
        return orjson.dumps(context)
    except orjson.JSONEncodeError:
        return orjson.dumps(_writable(context))


def _writable(value: Any) -> Any:
    if isinstance(value, dict):
        return {_writable(name): _writable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_writable(one) for one in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


def _recall_messages(cursor: Cursor, schema: str, enrolments: Sequence[int]) -> None:
    """What is not on its way yet is not sent to somebody who has left."""
    if not enrolments:
        return
    cursor.execute(
        f"""UPDATE "{schema}".journeys_message SET state = 'skipped', reason = 'the shopper had left the journey',
                   decided_at = now()
            WHERE id IN (SELECT id FROM "{schema}".journeys_message
                WHERE enrolment_id = ANY(%b::bigint[]) AND state IN ('queued', 'delayed') AND NOT by_hand
                FOR UPDATE SKIP LOCKED)""",
        [list(enrolments)],
    )
