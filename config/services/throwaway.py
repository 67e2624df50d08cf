"""Real services for a test run, gone when it ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from config.services.postgres import Postgres
from config.services.process import ServiceError, signal_group, start_process
from config.services.resolve import Services
from config.services.valkey import Valkey

START_SECONDS = 60
# Nothing outlives the run, so nothing needs to reach the disk; a killed process still loses nothing.
_POSTGRES = {
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "1GB",
}
_VALKEY = {"appendfsync": "no", "maxmemory": "256mb"}


@contextmanager
def throwaway_services(folder: Path | None = None) -> Iterator[Services]:
    """Start PostgreSQL and Valkey in a new folder under `folder`; stop and delete both at the end.

    A killed run leaves a folder whose lock nobody holds: the next run clears it. Call from the main thread.
    """
    base = folder or Path(tempfile.gettempdir()) / f"attune-tests-{os.geteuid()}"
    with _new_home(base) as home:
        postgres, valkey = Postgres(home / "postgres", _POSTGRES), Valkey(home / "valkey", _VALKEY)
        services: list[Postgres | Valkey] = [postgres, valkey]
        started: list[subprocess.Popen[bytes]] = []
        try:
            for service in services:
                started.append(_start(service, home))
            for service, process in zip(services, started, strict=True):
                _await(service, process, home)
            yield Services(postgres.url(), valkey.url(), postgres, valkey)
        finally:
            for process in started:
                signal_group(process.pid, signal.SIGQUIT)  # PostgreSQL: stop at once
            for process in started:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=0.5 if process is not started[0] else 10)
                signal_group(process.pid, signal.SIGKILL)
                process.wait()
            _remove(home)


@contextmanager
def _new_home(base: Path) -> Iterator[Path]:
    """A new folder under `base`, locked for as long as we live; clears those whose owner is gone."""
    base.mkdir(mode=0o711, parents=True, exist_ok=True)
    if base.stat().st_uid != os.geteuid():
        raise ServiceError(f"{base} belongs to somebody else.")
    with (base / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # nobody sweeps between our folder and its lock
        _sweep(base)
        home = Path(tempfile.mkdtemp(prefix="run-", dir=base))
        home.chmod(0o711)
        lock = (home / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    with lock:
        yield home


def _start(service: Postgres | Valkey, home: Path) -> subprocess.Popen[bytes]:
    service.prepare()
    with (home / f"{type(service).__name__.lower()}.log").open("ab") as log:
        return start_process(
            service.command(),
            output=log,
            cwd=service.data,
            environment=service.environment(),
            account=service.account if isinstance(service, Postgres) else None,
            death_signal=signal.SIGQUIT if isinstance(service, Postgres) else signal.SIGKILL,
        )


def _await(service: Postgres | Valkey, process: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not service.ready():
        if process.poll() is not None or time.monotonic() > deadline:
            name = type(service).__name__
            log = (home / f"{name.lower()}.log").read_text(errors="replace")
            raise ServiceError(f"{name} for the tests did not start:\n{log[-2000:]}")
        time.sleep(0.05)


def _sweep(base: Path) -> None:
    for home in base.glob("run-*"):
        try:
            lock = (home / "lock").open("r+")
        except FileNotFoundError:  # being made or removed this moment
            continue
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            _remove(home)


def _remove(home: Path) -> None:
    services: list[Postgres | Valkey] = [
        Postgres(home / "postgres", stop_signal=signal.SIGQUIT),
        Valkey(home / "valkey"),
    ]
    for service in services:
        service.end_leftovers()
        if service.run.parent != service.folder.resolve():  # the socket was too deep and lives elsewhere
            shutil.rmtree(service.run, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
