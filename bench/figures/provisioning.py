"""A new tenant, ready to use: its schema, its row, its keys' place."""

from __future__ import annotations

import time

from django.conf import settings
from django.db import connection

from tenants.db import PUBLIC, use_schema
from tenants.provisioning import create_tenant, offboard
from tenants.schema_template import drop_schema, migrate_schema

from ..load.quantiles import median
from ..outcome import Figure
from ..run import Run

TENANTS = 10
FRESH = "bench_migrated"


class IncompleteSchema(Exception):
    """The schema that was migrated for comparison is not what a tenant has."""


def measure(run: Run) -> list[Figure]:
    times, made = [], []
    try:
        for number in range(TENANTS):
            started = time.perf_counter()
            made.append(
                create_tenant(f"bench-new-{number}", f"New {number}", hosts=[f"bench-new-{number}.localhost"])
            )
            times.append(time.perf_counter() - started)
    finally:
        for tenant in made:
            offboard(tenant, actor="bench")
    run.say("migrating a fresh schema for comparison")
    migrated = _seconds_to_migrate()
    return [
        Figure(
            "provisioning",
            max(times),
            "s",
            protocol=f"create_tenant with a host, {TENANTS} times, the slowest; offboarded afterwards",
            reference="migrating a fresh schema",
            reference_value=migrated,
            note=f"median {median(times):.2f} s",
        )
    ]


def _tables(schema: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = %s", [schema])
        return int(cursor.fetchone()[0])


def _seconds_to_migrate() -> float:
    drop_schema(FRESH)
    started = time.perf_counter()
    try:
        migrate_schema(FRESH)
        seconds = time.perf_counter() - started
        if _tables(FRESH) != _tables(settings.TEMPLATE_SCHEMA):
            raise IncompleteSchema(f"{FRESH} has {_tables(FRESH)} tables")
        return seconds
    finally:
        use_schema(PUBLIC)
        drop_schema(FRESH)
