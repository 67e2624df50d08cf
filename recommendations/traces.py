"""Where decision traces go: with the answer into Valkey, in one round trip; a worker writes them to the database.

A killed web process loses none, because the trace is in Valkey before the answer leaves. While Valkey is away the
trace is written straight to the database.
"""

from __future__ import annotations

import datetime as dt
import itertools
import time
from collections.abc import Iterator
from typing import Any

import orjson
import structlog
from django.db import DatabaseError, connection, transaction

from experiments import exposures
from tenants import redis
from tenants.scope import Scope

from .answers import LIFE_SECONDS, SEPARATOR, Lookup
from .fields import compressed
from .pipeline import Answer

STREAM = "attune:traces"
GROUP = "writers"
# About ten minutes of full load: what a worker that is away that long would lose is the oldest.
LONGEST = 200_000
# A worker that holds an entry for so long is dead.
TAKE_OVER_MS = 30_000
# Read many at a time, so that what belongs to one tenant is written together, and written in small portions with a breath
# between them: one long write holds a core that answers wait for.
GULP = 500
PORTION = 25
BREATH_SECONDS = 0.02
# With more than so many waiting, to keep up is worth more.
BACKLOG = 500

Entry = tuple[bytes, dict[bytes, bytes]]

log = structlog.get_logger("attune.traces")


def keep(scope: Scope, look_up: Lookup, answer: Answer, body: bytes, *, cacheable: bool) -> None:
    """Store the answer for the next request and its trace for good."""
    record = {
        "id": answer.decision_id,
        "at": dt.datetime.now(dt.UTC).isoformat(),
        "profile_id": answer.profile_id,
        "placement": answer.body["placement"],
        "model_version": answer.body["model_version"] or "",
        "outcome": answer.outcome,
    }
    if answer.exposed is not None:
        unit, arms = answer.exposed
        record["exposed"] = [unit.hex(), [[arm.experiment_id, arm.variant_id] for arm in arms]]
    trace = orjson.dumps(answer.trace)
    commands: list[tuple[bytes | str | int, ...]] = [
        (
            "XADD",
            STREAM,
            "MAXLEN",
            "~",
            LONGEST,
            "*",
            "schema",
            scope.schema,
            "decision",
            orjson.dumps(record),
            "trace",
            trace,
        )
    ]
    if cacheable and look_up.name:
        stored = look_up.stamp + SEPARATOR + body
        commands.append(("SET", look_up.name, stored, "EX", LIFE_SECONDS))
    try:
        redis.exchange(*commands)
    except redis.Unavailable:
        try:
            write(scope.schema, [(record, trace)])
        except DatabaseError:
            log.error(
                "trace lost: neither Valkey nor the database is there", tenant=scope.schema, id=record["id"]
            )


def write(schema: str, entries: list[tuple[dict[str, Any], bytes]]) -> None:
    """Insert records with their traces (JSON), and the exposures that go with them; twice is harmless.

    What tells by its unit that it was asked for an erased person is dropped.
    """
    records = [record for record, _ in entries]
    # Only who met an experiment has a unit here. Without one there is nothing to look for, and each tenant's table costs.
    erased = (
        f'WHERE NOT EXISTS (SELECT 1 FROM "{schema}".compliance_suppression gone WHERE gone.blind = t.unit)'
        if any("exposed" in record for record in records)
        else ""
    )
    with connection.cursor() as cursor:
        # Traces as binary: to escape kilobytes inside a text array takes longer than all the rest.
        cursor.execute(
            f"""INSERT INTO "{schema}".recommendations_decision
                    (id, at, profile_id, placement, model_version, outcome, trace)
                SELECT id, at, profile_id, placement, model_version, outcome, trace
                FROM unnest(%s::uuid[], %s::timestamptz[], %s::bigint[], %s::text[], %s::text[], %s::text[],
                            %b::bytea[], %b::bytea[])
                  AS t(id, at, profile_id, placement, model_version, outcome, trace, unit)
                {erased}
                ON CONFLICT (id) DO NOTHING""",
            [
                *([r[name] for r in records] for name in ("id", "at", "profile_id")),
                *([r[name] for r in records] for name in ("placement", "model_version", "outcome")),
                [compressed(trace) for _, trace in entries],
                [bytes.fromhex(r["exposed"][0]) if "exposed" in r else None for r in records],
            ],
        )
        exposures.record(cursor, schema, [one for entry in records for one in _exposed(entry)])


def _exposed(entry: dict[str, Any]) -> Iterator[exposures.Exposure]:
    if "exposed" in entry:
        unit, arms = entry["exposed"]
        at = dt.datetime.fromisoformat(entry["at"])
        for experiment_id, variant_id in arms:
            yield exposures.Exposure(
                experiment_id, variant_id, bytes.fromhex(unit), at, "recommendation", entry["id"]
            )


def drain(most: int = 5_000) -> int:
    """Move traces from Valkey into the tenants' schemas; returns how many. Safe to run in several workers."""
    client: Any = redis.raw_client()
    try:
        client.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    except redis.redis.exceptions.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
    moved = 0
    # First what a killed worker had taken and not finished.
    _, claimed, *_ = client.xautoclaim(STREAM, GROUP, "worker", min_idle_time=TAKE_OVER_MS, count=1_000)
    moved += _store(client, claimed)
    while moved < most:
        reply = client.xreadgroup(GROUP, "worker", {STREAM: ">"}, count=GULP)
        if not reply:
            break
        read = reply[0][1]
        moved += _store(client, read)
        if len(read) < GULP:
            break
    return moved


def _store(client: Any, entries: list[Entry]) -> int:
    """In portions of a transaction each, tenant by tenant. What is not acknowledged when this dies is taken over."""
    by_schema: dict[str, list[Entry]] = {}
    for entry in entries:
        by_schema.setdefault(entry[1].get(b"schema", b"").decode(), []).append(entry)
    there = _existing([schema for schema in by_schema if schema])
    in_order = [(schema, entry) for schema, found in by_schema.items() for entry in found]
    for start in range(0, len(in_order), PORTION):
        if start and len(in_order) < BACKLOG:
            time.sleep(BREATH_SECONDS)
        portion = in_order[start : start + PORTION]
        with transaction.atomic():  # one commit for all tenants
            for schema, group in itertools.groupby(portion, key=lambda one: one[0]):
                records = [
                    (orjson.loads(fields[b"decision"]), fields[b"trace"])
                    for _, (_, fields) in group
                    if fields
                ]
                if schema in there and records:
                    write(schema, records)
        ids = [entry_id for _, (entry_id, _) in portion]
        client.pipeline().xack(STREAM, GROUP, *ids).xdel(STREAM, *ids).execute()
    return len(entries)


def _existing(schemas: list[str]) -> set[str]:
    """Those that are still there: a tenant may have been offboarded since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(format('%%I.recommendations_decision', name))"
            " IS NOT NULL",
            [schemas],
        )
        return {name for (name,) in cursor.fetchall()}
