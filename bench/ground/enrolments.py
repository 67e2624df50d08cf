"""A tenant with a journey and many shoppers in it, for measuring the engine."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from psycopg import Cursor

from journeys.engine.batch import run_once
from journeys.engine.claim import claim
from journeys.models import JourneyVersion
from journeys.services.drafts import create_journey, publish
from tenants import keyring
from tenants.db import tenant_connection
from tenants.due import mark_due
from tenants.models import Tenant

DAY = 86_400
RULE = {"subject": "feature", "name": "orders_30d", "operator": "at_least", "value": 1}
# Each wake-up goes through a delay's end, a condition that reads a feature, and into the next delay.
GRAPH: dict[str, Any] = {
    "nodes": [
        {"key": "in", "type": "event_trigger", "config": {"event": "Product Added"}},
        {"key": "wait", "type": "delay", "config": {"seconds": DAY}},
        {"key": "ask", "type": "condition", "config": {"condition": {"rules": [RULE]}}},
        {"key": "again", "type": "delay", "config": {"seconds": DAY}},
        {"key": "out", "type": "exit"},
    ],
    "edges": [
        {"from": "in", "port": "next", "to": "wait"},
        {"from": "wait", "port": "next", "to": "ask"},
        {"from": "ask", "port": "yes", "to": "again"},
        {"from": "ask", "port": "no", "to": "again"},
        {"from": "again", "port": "next", "to": "out"},
    ],
}


def published(tenant: Tenant) -> JourneyVersion:
    with tenant_connection(tenant.schema_name), transaction.atomic():
        return publish(create_journey("Bench", actor="bench", graph=GRAPH).pk, actor="bench")


def fill(
    tenant: Tenant, version: JourneyVersion, count: int, *, node: str, first: float, spread: float
) -> None:
    """`count` shoppers waiting at `node`, due evenly from `first` to `first + spread` seconds from now.

    When each is due is also kept as its time of entering plus a day, which the engine leaves alone.
    """
    schema = tenant.schema_name
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""WITH people AS (
                    INSERT INTO "{schema}".profiles_profile (uuid, unit, traits_sealed, features, counters,
                        consent_personalisation, version, first_seen_at, last_seen_at)
                    SELECT gen_random_uuid(), uuid_send(gen_random_uuid()), '', '{{}}', '{{}}', true, 0, now(), now()
                    FROM generate_series(1, %s) RETURNING id, unit
                ), placed AS (
                    SELECT id, unit, clock_timestamp()
                        + make_interval(secs => %s + %s * (row_number() OVER () - 1) / %s) AS due FROM people)
                INSERT INTO "{schema}".journeys_enrolment (journey_id, version_id, profile_id, unit, context, node, visit,
                    resume_at, waiting_since, parked, woken, woken_detail, attempts, entered_at, outcome, reason, goal_value)
                SELECT %s, %s, id, unit, '', %s, 1, due, due - interval '1 day', false, '', '', 0,
                       due - interval '1 day', '', '', 0 FROM placed""",
            [count, first, spread, count, version.journey_id, version.pk, node],
        )
        cursor.execute(
            f"""INSERT INTO public.tenants_due (tenant_id, queue, at)
                SELECT DISTINCT %s::bigint, 'journeys', date_trunc('second', resume_at)
                FROM "{schema}".journeys_enrolment WHERE resume_at IS NOT NULL ON CONFLICT DO NOTHING""",
            [tenant.pk],
        )
        mark_due(cursor, tenant.pk, "journeys")
    with connection.cursor() as cursor:
        cursor.execute(f'ANALYZE "{schema}".journeys_enrolment, "{schema}".profiles_profile')


def at_once(work: Callable[[str], int], schema: str, processes: int) -> tuple[int, float]:
    """(sum of what `work` returned, seconds) of so many processes that begin together."""
    connection.close()
    context = multiprocessing.get_context("fork")
    with context.Pool(processes) as pool:
        pool.map(_warm, [schema] * processes)
        started = time.perf_counter()
        counts = pool.map(work, [schema] * processes, chunksize=1)
        return sum(counts), time.perf_counter() - started


def _warm(schema: str) -> None:
    with tenant_connection(schema), connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def advance_all(schema: str) -> int:
    """Advance what is due until nothing is; transitions, that is steps made."""
    tenant = Tenant.objects.select_related("plan").get(schema_name=schema)
    scope, done = keyring.scope_of_tenant(tenant), 0
    with tenant_connection(schema):
        while count := run_once(scope):
            done += count
    return done


def claim_all(schema: str) -> int:
    """The bare floor: claim the same rows in the same batches, put off when they are due, nothing else."""
    done = 0
    with tenant_connection(schema):
        while True:
            with transaction.atomic():
                connection.ensure_connection()
                with Cursor(connection.connection) as cursor:
                    claimed = claim(cursor, schema)
                    if not claimed:
                        return done
                    cursor.execute(
                        f"""UPDATE "{schema}".journeys_enrolment SET resume_at = resume_at + interval '1 day'
                            WHERE id = ANY(%b::bigint[])""",
                        [[who.id for who in claimed]],
                    )
            done += len(claimed)
