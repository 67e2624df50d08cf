"""A million lines of history: how many are imported and counted a second, and what the worker's memory does meanwhile."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import psutil

from tenants import keyring
from tenants.keys import create_key
from tenants.models import Tenant
from tenants.provisioning import create_tenant

from ..ground.clean import wait_until_processed
from ..ground.history import ndjson, write_parquet
from ..ground.prepare import unlimited_plan
from ..load.wire import Target
from ..outcome import Figure
from ..run import Run

LINES = 1_000_000
SLUG = "bench-imports"
LIMIT_SECONDS = 3600.0
MEGABYTE = 1_000_000
_PIECE = 1 << 20
Samples = list[tuple[float, float]]


def measure(run: Run) -> list[Figure]:
    lines = run.count(LINES) // (2 if run.quick else 1)
    tenant = Tenant.objects.filter(slug=SLUG).first() or create_tenant(SLUG, "Imports", plan=unlimited_plan())
    keyring.changed()
    key = create_key(tenant=tenant, kind="secret", name="bench")[1]
    mark = uuid4().hex[:8]  # what an earlier run imported counts no line twice
    file = run.site.scratch / f"{mark}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_parquet(file, lines, f"{mark}p")
        as_lines = _go_through(run, tenant.schema_name, key, ndjson(lines, mark), lines)
        as_columns = _go_through(run, tenant.schema_name, key, _pieces(file), lines)
    finally:
        file.unlink(missing_ok=True)
    return figures_of(lines, as_lines, as_columns)


def figures_of(lines: int, ndjson: tuple[float, Samples], parquet: tuple[float, Samples]) -> list[Figure]:
    """Each: (seconds until the last event was counted, samples of (seconds, MB of the largest process))."""
    about = (
        f"{lines:,} lines (views and carts of {lines // 20:,} shoppers, 5,000 items), uploaded over HTTP, imported and processed "
        "until no event waits; web, workers and embedded services on the same two cores"
    )
    figures = []
    for form, (seconds, samples) in (("ndjson", ndjson), ("parquet", parquet)):
        sizes = [size for _, size in samples]
        half = [size for at, size in samples if at >= samples[-1][0] / 2]
        figures.append(
            Figure(
                f"import_{form}",
                lines / seconds,
                "lines/s",
                protocol=f"{form.upper() if form == 'ndjson' else 'Parquet'}; {about}",
                note=f"{seconds:,.0f} s; the largest process of the worker {sizes[0]:.0f} MB at first, {max(sizes):.0f} MB at most",
            )
        )
        figures.append(
            Figure(
                f"import_{form}_memory",
                max(half) - min(half),
                "MB",
                protocol=f"spread of the resident set of the worker's largest process over the second half of: {about}",
            )
        )
    return figures


def _go_through(run: Run, schema: str, key: str, body: Iterable[bytes], lines: int) -> tuple[float, Samples]:
    made = _call(run.web, key, "POST", "/api/v1/imports?kind=events&name=bench", body)
    address, started = f"/api/v1/imports/{made['id']}", time.monotonic()
    samples: Samples = []
    enough = threading.Event()
    watching = threading.Thread(target=_watch, args=(run, samples, enough, started), daemon=True)
    watching.start()
    try:
        _call(run.web, key, "POST", address, orjson.dumps({"do": "start"}))
        said = 0
        while (state := _call(run.web, key, "GET", address))["status"] == "running":
            if time.monotonic() - started > LIMIT_SECONDS:
                raise RuntimeError(f"the import stands at {state['lines']:,} lines")
            if state["lines"] >= said + lines // 4:
                said = state["lines"]
                run.say(f"{said:,} of {lines:,} lines, {said / (time.monotonic() - started):,.0f}/s")
            time.sleep(0.5)
        if (state["status"], state["taken"]) != ("done", lines):
            raise RuntimeError(
                f"the import is {state['status']}: {state['taken']:,} taken, {state['rejected']:,} refused"
            )
        wait_until_processed(schema, 300)
        seconds = time.monotonic() - started
    finally:
        enough.set()
        watching.join()
    return seconds, samples


def _watch(run: Run, samples: Samples, enough: threading.Event, started: float) -> None:
    while not enough.wait(1.0):
        try:
            largest = max(process.memory_info().rss for process in run.stack.tree("worker"))
        except psutil.NoSuchProcess:  # one was replaced
            continue
        samples.append((time.monotonic() - started, largest / MEGABYTE))


def _call(web: Target, key: str, method: str, path: str, body: bytes | Iterable[bytes] | None = None) -> Any:
    connection = http.client.HTTPConnection(web.host, web.port, timeout=300)
    kind = "application/json" if isinstance(body, bytes) else "application/octet-stream"
    connection.request(
        method,
        path,
        body,
        {"Authorization": f"Bearer {key}", "Content-Type": kind},
        encode_chunked=not isinstance(body, bytes | None),
    )
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {said[:300]!r}")
    return orjson.loads(said)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
