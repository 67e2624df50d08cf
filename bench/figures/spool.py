"""How fast what waited on the host's disk comes into the database once it is back."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import time
from pathlib import Path
from uuid import uuid4

import msgspec

from profiles.spool.drain import drain
from profiles.spool.folder import Spool
from profiles.spool.records import Record, to_frame
from tenants import keyring
from tenants.models import Tenant
from tenants.scope import Scope

from ..load.events import EventMaker
from ..outcome import Figure
from ..run import Run
from .ingest import NEWCOMERS, bench_tenant, stored

EVENTS = 60_000
# A browser's calls and a server's, half of the events each.
SIZES = (5, 100)
SHOPPERS, ITEMS = 10_000, 2_000
LIMIT_BYTES = 1 << 30


class NotDrained(Exception):
    """The database does not hold exactly what the spool held."""


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw]


def measure(run: Run) -> list[Figure]:
    folder = run.site.scratch / "spool"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with run.stack.workers_paused(), bench_tenant("bench-spool") as (tenant, _):
            return [_measure(run, folder, tenant)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(run: Run, folder: Path, tenant: Tenant) -> Figure:
    scope = keyring.scope_of_tenant(tenant, kind="secret")
    # Keys of persons and plans of statements are warm where an outage was short.
    fill(Spool(folder, LIMIT_BYTES), scope, run.count(EVENTS) // 6, seed=1)
    drain(Spool(folder, LIMIT_BYTES))
    before, events = stored(tenant), run.count(EVENTS)
    spool = Spool(folder, LIMIT_BYTES)
    records = fill(spool, scope, events, seed=2)
    size = spool.look().size
    began = time.perf_counter()
    drained = drain(spool)
    took = time.perf_counter() - began
    if drained != events or stored(tenant) - before != events:
        raise NotDrained(
            f"{events:,} events waited, {drained:,} were drained, {stored(tenant) - before:,} kept"
        )
    return Figure(
        "spool_drain",
        events / took,
        "events/s",
        protocol=(
            f"{events:,} events in {records:,} records, half of them of {SIZES[0]} events and half of {SIZES[1]}, of {SHOPPERS:,} "
            f"shoppers and {NEWCOMERS:.0%} newcomers, {size / events:,.0f} bytes an event; drained by one process as the web's "
            "drainer does, judged, deduplicated, fsync on; workers and beat stopped meanwhile"
        ),
    )


def fill(spool: Spool, scope: Scope, events: int, *, seed: int) -> int:
    """Append so many events as the door does while the database is away; how many records."""
    shoppers = [f"shopper-{n}" for n in range(SHOPPERS)]
    maker = EventMaker(shoppers, [f"item-{n}" for n in range(ITEMS)], seed=seed, newcomers=NEWCOMERS)
    records = 0
    for size in SIZES:
        for body in itertools.islice(maker.bodies(size), events // len(SIZES) // size):
            raws = [bytes(raw) for raw in msgspec.json.decode(body, type=_Batch).batch]
            received = dt.datetime.now(dt.UTC)
            details = {"sent_at": None, "context": b"", "gpc": False, "type_name": None}
            record = Record("secret", "http", received, uuid4().hex, raws, details, False)
            spool.append(to_frame(scope, record), len(raws), int(received.timestamp() * 1e6))
            records += 1
    return records
