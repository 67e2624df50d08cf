"""Events over HTTP until they are durable and counted once, against a raw COPY of the same rows."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from tenants.keys import create_key
from tenants.models import Tenant
from tenants.provisioning import create_tenant, offboard

from ..ground.prepare import unlimited_plan
from ..load.background import Stream, streaming
from ..load.closed import Saturation, saturate
from ..load.events import EventMaker
from ..load.wire import Answer, post, write_key
from ..outcome import Figure
from ..run import Run

SHOPPERS = 10_000
ITEMS = 2_000
NEWCOMERS = 0.02
CONNECTIONS = 16
WARM_UP_EVENTS = 30_000
EVENTS = {100: 150_000, 20: 60_000, 1: 6_000}
DRAIN_SECONDS = 60
# Half of what is promised.
OPEN_EVENTS_PER_SECOND, OPEN_SECONDS = 10_000, 20


class Lost(Exception):
    """The database does not hold exactly what the answers said was accepted."""


@dataclass(frozen=True, slots=True)
class Taken:
    events: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.events / self.seconds


def measure(run: Run) -> list[Figure]:
    figures = []
    with run.stack.workers_paused(), bench_tenant("bench-ingest") as (tenant, key):
        maker = EventMaker(_shoppers(), _items(), seed=1, newcomers=NEWCOMERS)
        send(run, tenant, key, maker, size=100, events=run.count(WARM_UP_EVENTS))
        for size, events in EVENTS.items():
            taken = send(run, tenant, key, maker, size=size, events=run.count(events))
            copied = copy_rate(tenant, run.count(max(EVENTS.values())))
            run.say(f"batches of {size}: {taken.rate:,.0f} events/s; COPY {copied:,.0f} rows/s")
            figures.append(
                _figure(f"ingest_{size}", taken, size, copied, "worker and beat stopped meanwhile")
            )
    figures.append(_with_workers(run))
    figures.append(_latency(run))
    return figures


def _latency(run: Run) -> Figure:
    """How long an answer takes at half of the promised throughput, arrivals at a constant rate."""
    with run.stack.workers_paused(), bench_tenant("bench-ingest-open") as (tenant, key):
        warm = EventMaker(_shoppers(), _items(), seed=4, newcomers=NEWCOMERS)
        send(run, tenant, key, warm, size=100, events=run.count(WARM_UP_EVENTS))
        stream = Stream(
            run.web,
            key,
            _shoppers(),
            _items(),
            OPEN_EVENTS_PER_SECOND,
            100,
            run.seconds(OPEN_SECONDS),
            newcomers=NEWCOMERS,
        )
        before = stored(tenant)
        with streaming(stream) as delivered:
            pass  # the block is left when the last batch is answered
        kept = stored(tenant) - before
        if kept != delivered.batches * 100:
            raise Lost(f"{delivered.batches * 100} events accepted, {kept} in the database")
    return Figure(
        "ingest_p99",
        delivered.p99 * 1000,
        "ms",
        protocol=(
            f"POST /v1/batch, batches of 100 at {OPEN_EVENTS_PER_SECOND:,} events/s, constant arrivals for {stream.seconds:.0f} s, "
            "from when a batch was due until its answer; generator on the same cores; fsync on; worker and beat stopped meanwhile"
        ),
    )


def _with_workers(run: Run) -> Figure:
    with bench_tenant("bench-ingest-busy") as (tenant, key):
        maker = EventMaker(_shoppers(), _items(), seed=2, newcomers=NEWCOMERS)
        started = time.perf_counter()
        warmed = send(run, tenant, key, maker, size=100, events=run.count(WARM_UP_EVENTS) // 3)
        taken = send(run, tenant, key, maker, size=100, events=run.count(EVENTS[100]) // 3)
        left = drain(tenant, run.seconds(DRAIN_SECONDS))
        processed = (warmed.events + taken.events - left) / (time.perf_counter() - started)
        copied = copy_rate(tenant, taken.events)
    return _figure(
        "ingest_100_workers_running",
        taken,
        100,
        copied,
        "workers processing the same events meanwhile",
        note=f"processed {processed:,.0f} events/s from the first to the last"
        + (f"; {left:,} still waited after {DRAIN_SECONDS} s" if left else ""),
    )


def _figure(name: str, taken: Taken, size: int, copied: float, how: str, note: str = "") -> Figure:
    return Figure(
        name,
        taken.rate,
        "events/s",
        protocol=(
            f"POST /v1/batch, {size} events a request, {taken.events:,} events by {SHOPPERS:,} shoppers and newcomers, "
            f"closed loop, {CONNECTIONS} connections, bodies made before; fsync on; rows counted in the database "
            f"afterwards; {how}"
        ),
        reference="raw COPY of as many of these event rows, same table layout and indexes",
        reference_value=copied,
        note=note,
    )


def send(run: Run, tenant: Tenant, key: str, maker: EventMaker, *, size: int, events: int) -> Taken:
    """Send about `events` in batches of `size`; raises Lost unless each is accepted and in the database."""
    headers = write_key(key)
    requests = [
        post("/v1/batch", body, headers)
        for body in itertools.islice(maker.bodies(size), max(1, events // size))
    ]
    before, accepted = stored(tenant), 0

    def look(answer: Answer) -> None:
        nonlocal accepted
        accepted += json.loads(answer.body)["accepted"]

    found: Saturation = saturate(run.web, iter(requests), connections=CONNECTIONS, each=look)
    sent, kept = len(requests) * size, stored(tenant) - before
    if not sent == accepted == kept:
        raise Lost(f"{sent} events sent, {accepted} accepted, {kept} in the database")
    return Taken(sent, found.seconds)


def stored(tenant: Tenant) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{tenant.schema_name}".profiles_event')
        return int(cursor.fetchone()[0])


def drain(tenant: Tenant, seconds: float) -> int:
    """Wait until no event is queued; returns how many still are after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{tenant.schema_name}".profiles_eventqueue')
            left = int(cursor.fetchone()[0])
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.25)


def copy_rate(tenant: Tenant, rows: int) -> float:
    """Rows a second of one COPY, committed, into an empty table made like the events' one."""
    schema = tenant.schema_name
    columns = "id, received_at, type, handle, message_key, payload, key_kind"
    with connection.cursor() as cursor:
        with cursor.copy(
            f'COPY (SELECT {columns} FROM "{schema}".profiles_event LIMIT {rows}) TO STDOUT (FORMAT binary)'
        ) as copy:
            data = b"".join(bytes(piece) for piece in copy)
        cursor.execute(f'CREATE TABLE "{schema}".bench_copy (LIKE "{schema}".profiles_event INCLUDING ALL)')
        try:
            started = time.perf_counter()
            into = f'COPY "{schema}".bench_copy ({columns}) FROM STDIN (FORMAT binary)'
            with transaction.atomic(), cursor.copy(into) as copy:
                copy.write(data)
            seconds = time.perf_counter() - started
            cursor.execute(f'SELECT count(*) FROM "{schema}".bench_copy')
            return int(cursor.fetchone()[0]) / seconds
        finally:
            cursor.execute(f'DROP TABLE "{schema}".bench_copy')


@contextmanager
def bench_tenant(slug: str) -> Iterator[tuple[Tenant, str]]:
    """A new tenant without limits and its secret key; offboarded at the end."""
    left = Tenant.objects.filter(slug=slug).first()
    if left is not None:
        offboard(left, actor="bench")
    tenant = create_tenant(slug, slug, plan=unlimited_plan())
    try:
        yield tenant, create_key(tenant=tenant, kind="secret", name="bench")[1]
    finally:
        offboard(tenant, actor="bench")


def _shoppers() -> list[str]:
    return [f"shopper-{number}" for number in range(SHOPPERS)]


def _items() -> list[str]:
    return [f"item-{number}" for number in range(ITEMS)]
