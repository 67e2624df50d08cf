"""The statements at the end of a batch: enrolments, steps, counts, messages. A few for any number of shoppers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Cursor

from .advance import Progress, StepMade

# (version, node, name) → amount; node "" stands for the journey as a whole.
Counts = Counter[tuple[int, str, str]]


@dataclass(slots=True)
class Outgoing:
    """A message for the outbox, to be sent from `due` on."""

    key: str
    profile_id: int
    unit: bytes
    template_id: int
    channel: str
    marketing: bool
    due: dt.datetime
    journey_id: int | None = None
    enrolment_id: int | None = None
    node: str = ""
    campaign_id: int | None = None
    context: bytes = b""


def store(cursor: Cursor, schema: str, walks: Sequence[Progress], now: dt.datetime) -> None:
    """Where everybody is now. `resume_at` none and not finished: a message's fate is awaited."""
    columns: list[list[Any]] = [[] for _ in range(12)]
    for walk in walks:
        who = walk.who
        outcome, reason = walk.finished or ("", walk.wait_reason)
        values = (
            who.id, who.node, who.visit, who.resume_at, who.waiting_since, walk.parked,
            who.woken, who.detail[:200], who.attempts, now if walk.finished else None, outcome, reason[:200],
        )  # fmt: skip
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    cursor.execute(
        f"""UPDATE "{schema}".journeys_enrolment e
            SET node = t.node, visit = t.visit, resume_at = t.resume_at, waiting_since = t.waiting_since,
                parked = t.parked, woken = t.woken, woken_detail = t.detail, attempts = t.attempts,
                finished_at = t.finished_at, outcome = t.outcome, reason = t.reason
            FROM unnest(%b::bigint[], %b::text[], %b::int[], %b::timestamptz[], %b::timestamptz[], %b::boolean[],
                        %b::text[], %b::text[], %b::smallint[], %b::timestamptz[], %b::text[], %b::text[])
                 AS t(id, node, visit, resume_at, waiting_since, parked, woken, detail, attempts, finished_at,
                      outcome, reason)
            WHERE e.id = t.id""",
        columns,
        prepare=True,
    )


def insert_steps(cursor: Cursor, schema: str, steps: Iterable[tuple[int, StepMade]]) -> None:
    """(enrolment id, step), in order."""
    rows = list(steps)
    if not rows:
        return
    cursor.execute(
        f"""INSERT INTO "{schema}".journeys_step (enrolment_id, visit, node, at, port, outcome, reason)
            SELECT * FROM unnest(%b::bigint[], %b::int[], %b::text[], %b::timestamptz[], %b::text[], %b::text[],
                                 %b::text[])""",
        [
            [enrolment for enrolment, _ in rows],
            [s.visit for _, s in rows],
            [s.node for _, s in rows],
            [s.at for _, s in rows],
            [s.port for _, s in rows],
            [s.outcome[:20] for _, s in rows],
            [s.reason[:200] for _, s in rows],
        ],
        prepare=True,
    )


def count_walks(walks: Iterable[Progress]) -> Counts:
    counts: Counts = Counter()
    for walk in walks:
        version = walk.who.version_id
        for node in walk.arrived:
            counts[version, node, "entered"] += 1
        for step in walk.steps:
            counts[version, step.node, "left"] += 1
            if step.port:
                counts[version, step.node, f"port:{step.port}"] += 1
        if walk.finished:
            count_end(counts, version, walk.who.node, walk.finished[0])
    return counts


def count_end(counts: Counts, version: int, node: str, outcome: str) -> None:
    counts[version, node, f"outcome:{outcome}"] += 1
    counts[version, "", f"outcome:{outcome}"] += 1


def add_counts(cursor: Cursor, schema: str, counts: Counts) -> None:
    """New rows, never changed ones: two workers at the same journey don't wait for each other."""
    rows = [(*key, amount) for key, amount in counts.items() if amount]
    if not rows:
        return
    cursor.execute(
        f"""INSERT INTO "{schema}".journeys_nodecount (version_id, node, name, amount)
            SELECT * FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::bigint[])""",
        [list(column) for column in zip(*rows, strict=True)],
        prepare=True,
    )


def gather_counts(cursor: Cursor, schema: str, more_than: int = 1_000) -> bool:
    """Add up rows of counts once there are many; readers see the same sums before and after."""
    many = cursor.execute(
        f'SELECT count(*) > %b FROM (SELECT 1 FROM "{schema}".journeys_nodecount LIMIT %b) AS sample',
        [more_than, more_than + 1],
    ).fetchone()
    if not many or not many[0]:
        return False
    cursor.execute(
        f"""WITH taken AS (
                DELETE FROM "{schema}".journeys_nodecount WHERE id IN (
                    SELECT id FROM "{schema}".journeys_nodecount ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED)
                RETURNING version_id, node, name, amount)
            INSERT INTO "{schema}".journeys_nodecount (version_id, node, name, amount)
            SELECT version_id, node, name, sum(amount) FROM taken GROUP BY 1, 2, 3"""
    )
    return True


def insert_messages(cursor: Cursor, schema: str, messages: Sequence[Outgoing], now: dt.datetime) -> int:
    """Into the outbox; one with a key that is there already is left alone. How many are new."""
    if not messages:
        return 0
    cursor.execute(
        f"""INSERT INTO "{schema}".journeys_message
                (key, profile_id, unit, template_id, channel, marketing, due_at, journey_id, enrolment_id, node,
                 campaign_id, context, state, reason, attempts, created_at, provider_reference, content, decisions)
            SELECT t.*, 'queued', '', 0, %b, '', '', '{{}}' FROM unnest(
                %b::text[], %b::bigint[], %b::bytea[], %b::bigint[], %b::text[], %b::boolean[], %b::timestamptz[],
                %b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bytea[]) AS t
            ON CONFLICT (key) DO NOTHING""",
        [
            now,
            [m.key for m in messages],
            [m.profile_id for m in messages],
            [m.unit for m in messages],
            [m.template_id for m in messages],
            [m.channel for m in messages],
            [m.marketing for m in messages],
            [m.due for m in messages],
            [m.journey_id for m in messages],
            [m.enrolment_id for m in messages],
            [m.node for m in messages],
            [m.campaign_id for m in messages],
            [m.context for m in messages],
        ],
    )
    return cursor.rowcount
