"""kill -9 of a worker in the middle of a delivery, and of putting a day's files together: each row is there once."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.db import connection

from profiles.destinations.models import ExportFile
from profiles.destinations.warehouse import compact
from tenants.connectors.links import connector_of, open_link
from tenants.db import tenant_connection
from tenants.workspace.models import Delivery, Destination

from ..conftest import viewed

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.chaos]

# The other process says where it stands, and stands there until it is killed.
BEGIN = """
import django; django.setup()
import datetime as dt, os, pathlib, time
from tenants.db import tenant_connection
from tenants.keyring import scope_of_tenant
from tenants.models import Tenant
from profiles.destinations import plan
from profiles.destinations.warehouse import compact, folder
from tenants.connectors import run
from tenants.connectors.links import connector_of, open_link
from tenants.workspace.models import Destination
stage = os.environ["STAGE"]
plan.FLUSH_SECONDS = plan.SETTLED_SECONDS = 0.0
def stand():
    pathlib.Path(os.environ["SAID"]).write_text(stage)
    time.sleep(120)
copy, put, delete = folder.shutil.copyfileobj, folder.Folder.put, folder.Folder.delete
def half(source, target, length=0):
    if stage == "half a file" and str(target.name).endswith(".parquet.part"):
        target.write(source.read(20)); target.flush(); stand()
    return copy(source, target, length)
def then(self, path, content):
    size = put(self, path, content)
    if stage == "after the file" and path.endswith(".parquet"): stand()
    return size
def before(self, path):
    if stage == "before the old ones go" and path.endswith(".parquet"): stand()
    return delete(self, path)
folder.shutil.copyfileobj, folder.Folder.put, folder.Folder.delete = half, then, before
scope = scope_of_tenant(Tenant.objects.get(slug="alpha"))
"""
DELIVER = """
with tenant_connection(scope.schema):
    while True: run.run_turn(scope, 30.0)
"""
COMPACT = """
with tenant_connection(scope.schema):
    made = Destination.objects.get()
    link = open_link(scope, made)
    compact.finished_days(connector_of(made).store(link), link, dt.date.today() + dt.timedelta(days=2))
"""


@pytest.fixture
def kill_in(settings, tmp_path):
    """`kill_in("half a file", DELIVER)`: another process works, and is killed when it stands there."""

    def work(stage: str, code: str) -> None:
        said = tmp_path / f"said-{time.monotonic_ns()}"
        url = urlsplit(os.environ["DATABASE_URL"])
        process = subprocess.Popen(
            [sys.executable, "-c", BEGIN + code],
            env={
                **os.environ,
                "DATABASE_URL": url._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
                "DJANGO_SETTINGS_MODULE": "config.settings.test",
                "ATTUNE_WAREHOUSE": str(settings.WAREHOUSE_ROOT),
                "STAGE": stage,
                "SAID": str(said),
            },
            cwd=configured.BASE_DIR,
        )
        try:
            until(lambda: said.exists() or process.poll() is not None)
            assert said.exists(), "it ended before it came to that"
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    return work


def until(true):
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def whole(settings, scope, table="events") -> list[Path]:
    root = settings.WAREHOUSE_ROOT / scope.schema / "lake" / table
    return sorted(root.rglob("*.parquet"))


@pytest.mark.parametrize("stage", ["half a file", "after the file"])
def test_in_a_delivery(stage, destination, send, process, export, lake, scope, settings, kill_in):
    destination(streams=("events", "interactions", "profiles"), history=True)
    send(*[viewed(f"u{n}") for n in range(20)])
    process()
    for _ in range(2):
        kill_in(stage, DELIVER)

    def done():
        export(1)
        with tenant_connection(scope.schema):
            return not Delivery.objects.exclude(state="sent").exists() and Delivery.objects.count() >= 3

    until(done)
    for table, key in (("events", "event_id"), ("interactions", "interaction_id"), ("profiles", "profile")):
        assert lake(f"SELECT count(*), count(DISTINCT {key}) FROM {{{table}}}") == [(20, 20)]
    assert not list((settings.WAREHOUSE_ROOT / scope.schema).rglob("*.part"))


@pytest.mark.parametrize("stage", ["half a file", "after the file", "before the old ones go"])
def test_in_putting_a_day_together(stage, destination, send, process, export, lake, scope, settings, kill_in):
    made = destination(streams=("events",))
    for number in range(4):
        send(viewed(f"u{number}"))
        process()
        export(1)
    assert len(whole(settings, scope)) == 4
    kill_in(stage, COMPACT)
    # At no moment is a row missing.
    assert lake("SELECT count(DISTINCT event_id) FROM {events}") == [(4,)]
    with tenant_connection(scope.schema):
        made = Destination.objects.get(pk=made.pk)
        link = open_link(scope, made)
        compact.finished_days(connector_of(made).store(link), link, dt.date.today() + dt.timedelta(days=2))
        assert ExportFile.objects.get().rows == 4
    assert lake("SELECT count(*), count(DISTINCT event_id) FROM {events}") == [(4, 4)]
    assert len(whole(settings, scope)) == 1
