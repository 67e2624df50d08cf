"""The real services under the supervisor: killed, they come back with what was acknowledged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import psycopg
import pytest
import redis

from config.services import PROJECT, Postgres, Valkey
from tests.config.conftest import Stack, alive, until

SCRIPT = """
import pathlib, sys
from config.services import resolve_services
from config.supervisor.stack import service_specs
from config.supervisor.supervisor import StopRequested, Supervisor
var = pathlib.Path(sys.argv[1])
try:
    with Supervisor(var, "") as supervisor:
        supervisor.bring_up(service_specs(resolve_services(var, {})))
        supervisor.watch()
except StopRequested:
    pass
"""


@pytest.fixture
def services(folder) -> Iterator[Stack]:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    stack = Stack(folder, process)
    until(stack.runs)
    yield stack
    if process.poll() is None:
        stack.stop()


def test_a_killed_postmaster_comes_back_with_every_commit(services, folder):
    postgres = Postgres(folder / "postgres")
    with psycopg.connect(postgres.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    killed = services.pid("postgres")
    busy = psycopg.connect(postgres.url(), autocommit=True)
    # A backend that computes does not notice the death of its postmaster, and holds on to the shared memory.
    busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
    backend = busy.info.backend_pid
    os.kill(killed, signal.SIGKILL)
    until(lambda: services.back("postgres", killed))
    assert not alive(backend)
    busy.close()
    with psycopg.connect(postgres.url()) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_killed_valkey_comes_back_with_its_keys(services, folder):
    valkey = Valkey(folder / "valkey")
    with redis.Redis.from_url(valkey.url()) as client:
        client.set("kept", 1)
        client.execute_command("WAITAOF", 1, 0, 5000)  # everysec: a second may be lost, this one is not
    killed = services.pid("valkey")
    os.kill(killed, signal.SIGKILL)
    until(lambda: services.back("valkey", killed))
    with redis.Redis.from_url(valkey.url()) as client:
        assert client.get("kept") == b"1"


def test_both_stop_cleanly(services, folder):
    services.stop()
    assert services.process.returncode == 0
    assert not any(alive(pid) for pid in services.seen)
    assert "database system is shut down" in (folder / "log/postgres.log").read_text()


def test_a_killed_supervisor_leaves_neither(services):
    services.state()
    families = [psutil.Process(pid).children(recursive=True) for pid in services.seen]
    services.stop(signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in services.seen))
    until(lambda: not any(process.is_running() for family in families for process in family))
