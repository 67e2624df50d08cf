"""Shoppers who do something, a destination for it, and a reader who is not us (DuckDB)."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.db import connection

from profiles.destinations import plan
from tenants.connectors import run, services
from tenants.connectors.services import Draft
from tenants.db import tenant_connection
from tenants.scope import Scope
from tenants.workspace.models import Delivery, Destination

# The door and the worker.
from ..conftest import event, no_hints, process, rows, send, shopper, viewed  # noqa: F401

STREAMS = ("events", "interactions", "profiles", "segment_members", "segment_moves", "merges")


@pytest.fixture(autouse=True)
def subscribers(settings: Any, tmp_path: Path) -> None:
    settings.WAREHOUSE_ROOT = tmp_path / "warehouse"
    settings.EVENT_SUBSCRIBERS = [
        "profiles.segments.streaming.on_events",
        "profiles.destinations.streaming.on_events",
    ]
    settings.SEGMENT_SUBSCRIBERS = ["profiles.destinations.streaming.on_segments"]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a minute's worth of events, nor for transactions of other processes."""
    monkeypatch.setattr(plan, "FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(plan, "SETTLED_SECONDS", 0.0)
    monkeypatch.setattr(run, "SOON", dt.timedelta(0))


@pytest.fixture
def destination(scope: Scope) -> Callable[..., Destination]:
    """`destination()`: a folder that gets everything but personal data; keyword arguments are a draft's."""

    def make(name: str = "Lake", *, history: bool = False, **fields: Any) -> Destination:
        said: dict[str, Any] = {
            "vendor": "folder", "config": {"folder": "lake"}, "streams": STREAMS, **fields,
        }  # fmt: skip
        with tenant_connection(scope.schema):
            return services.create(scope, Draft(name=name, **said), history=history, actor="user:1")

    return make


def wait_for_writers() -> None:
    """Whoever still writes, the database's own analysis of a table too, holds back what may be exported."""
    until = time.monotonic() + 90  # the other tests, too, have transactions
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(
                "SELECT pg_snapshot_xmin(now) = pg_snapshot_xmax(now) FROM pg_current_snapshot() AS now"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.05)


@pytest.fixture
def export(scope: Scope) -> Callable[..., None]:
    """Work on the destinations until nothing is left to do, as the worker would over some minutes."""

    def work(times: int = 4) -> None:
        with tenant_connection(scope.schema):
            for _ in range(times):
                wait_for_writers()
                Destination.objects.exclude(state="paused").update(next_at=dt.datetime.now(dt.UTC))
                Delivery.objects.filter(state="waiting").update(next_at=dt.datetime.now(dt.UTC))
                run.run_turn(scope, 30.0)

    return work


@pytest.fixture
def lake(settings: Any, scope: Scope) -> Callable[..., list[tuple[Any, ...]]]:
    """`lake("SELECT … FROM {events}")`: DuckDB reads the folder, {table} as its files."""

    def read(query: str, folder: str = "lake") -> list[tuple[Any, ...]]:
        root = settings.WAREHOUSE_ROOT / scope.schema / folder
        names = [path.name for path in root.iterdir() if path.is_dir()] if root.exists() else []
        found = {
            name: f"read_parquet('{root}/{name}/**/*.parquet', hive_partitioning=true, union_by_name=true)"
            for name in names
        }
        return duckdb.connect().execute(query.format(**found)).fetchall()

    return read
