"""kill -9 of the worker, again and again: no line is lost, none counts twice."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.db import connection

from config.settings import test as plain
from profiles.imports.models import Import
from profiles.imports.receive import receive
from profiles.imports.run import run_turn
from profiles.imports.services import start
from tenants.db import tenant_connection

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.chaos]
LINES = 30_000
WORK = """
import django; django.setup()
from tenants.db import tenant_connection
from tenants.keyring import scope_of_tenant
from tenants.models import Tenant
from profiles.imports import run
run.PORTION = 400
run._crowded = lambda schema: False
scope = scope_of_tenant(Tenant.objects.get(slug="alpha"))
with tenant_connection(scope.schema):
    while run.run_turn(scope, 5) != "nothing": pass
"""


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    url = urlsplit(os.environ["DATABASE_URL"])
    database = url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    process = subprocess.Popen(
        [sys.executable, "-c", WORK],
        env={**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
        cwd=configured.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()


def test_a_worker_is_killed_three_times(scope, settings, monkeypatch):
    settings.IMPORT_ROOT = plain.IMPORT_ROOT  # where the other process looks
    monkeypatch.setattr("profiles.imports.run._crowded", lambda schema: False)
    rows = "".join(
        f"u{n % 900},Product Viewed,2025-01-{n % 28 + 1:02}T10:00:00Z,p{n}\n" for n in range(LINES)
    )
    body = f"user_id,event,time,product_id\n{rows}".encode()
    with tenant_connection(scope.schema):
        found = receive(scope, io.BytesIO(body), name="x.csv", kind="events", actor="user:1")
        start(scope, found, actor="user:1")
        killed_at = []
        for _ in range(3):
            with worker():
                before = Import.objects.get(pk=found.pk).lines
                until(lambda before=before: Import.objects.get(pk=found.pk).lines > before)
            killed_at.append(Import.objects.get(pk=found.pk).lines)
        assert killed_at == sorted(set(killed_at))
        assert killed_at[-1] < LINES, "it was done before it was killed"
        while run_turn(scope, 5) != "nothing":
            time.sleep(0.1)  # the lock of a killed worker goes when the server notices
        found.refresh_from_db()
        assert (found.status, found.taken, found.duplicates, found.rejected) == ("done", LINES, 0, 0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), count(DISTINCT message_key) FROM profiles_event")
            assert cursor.fetchone() == (LINES, LINES)


def until(true):
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)
