"""A new tenant, ready to use: its schema, its row, its keys' place."""

from __future__ import annotations

import time

from tenants.db import PUBLIC, use_schema
from tenants.provisioning import create_tenant, offboard
from tenants.schema_template import drop_schema, migrate_schema

from ..load.quantiles import median
from ..outcome import Figure
from ..run import Run

TENANTS = 10
FRESH = "bench_migrated"


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


def _seconds_to_migrate() -> float:
    drop_schema(FRESH)
    started = time.perf_counter()
    try:
        migrate_schema(FRESH)
        return time.perf_counter() - started
    finally:
        use_schema(PUBLIC)
        drop_schema(FRESH)
