"""What Attune consists of: the services, then web, workers and beat."""

from __future__ import annotations

import http.client
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.services import Postgres, Services, Valkey
from config.supervisor.child import ChildSpec

WEB_WORKERS = 2
# Per worker. Views wait for Postgres and Valkey, not for each other: more threads than this only queue for the GIL.
WEB_BLOCKING_THREADS = 4
WORKER_PROCESSES = 2
EVENT_PROCESSES = 2
# Background work gives way to somebody who waits for an answer, where both want a core (nice(1)).
BACKGROUND_NICENESS = 10
# Less so for events: what a shopper just did should change the answer that they wait for next.
EVENTS_NICENESS = 5

# One thread per process for numerical libraries: the processes already fill the cores. Fewer arenas, less memory.
_LEAN = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Address:
        """ATTUNE_HOST and ATTUNE_PORT; raises ValueError when the port is not one."""
        port = environ.get("ATTUNE_PORT") or "8000"
        if not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(f"ATTUNE_PORT must be a number from 1 to 65535, not {port!r}.")
        return cls(environ.get("ATTUNE_HOST") or "127.0.0.1", int(port))

    @property
    def reachable_host(self) -> str:
        """What a client on this machine connects to."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def url(self) -> str:
        host = self.reachable_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    def ready(self) -> bool:
        """Whether /ready answers 200."""
        connection = http.client.HTTPConnection(self.reachable_host, self.port, timeout=3)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def service_specs(services: Services) -> list[ChildSpec]:
    """The services that are ours to run; those named by the environment are only talked to."""
    specs = []
    if services.postgres:
        specs.append(_postgres(services.postgres))
    if services.valkey:
        specs.append(_valkey(services.valkey))
    return specs


def _postgres(postgres: Postgres) -> ChildSpec:
    return ChildSpec(
        "postgres",
        postgres.command,
        ready=postgres.ready,
        prepare=postgres.prepare,
        ready_seconds=300,  # the recovery of a crash replays up to max_wal_size
        cwd=postgres.data,
        environment={"LC_ALL": "C", "TZ": "UTC"},
        account=lambda: postgres.account,
        stop_signal=postgres.stop_signal,
        hurry_signal=signal.SIGQUIT,
        stop_seconds=60,
    )


def _valkey(valkey: Valkey) -> ChildSpec:
    return ChildSpec(
        "valkey",
        valkey.command,
        ready=valkey.ready,
        prepare=valkey.prepare,
        cwd=valkey.data,
        stop_signal=valkey.stop_signal,
        hurry_signal=signal.SIGTERM,
    )


def app_specs(address: Address, project: Path, var: Path) -> list[ChildSpec]:
    """web, the workers of events and of all else, and beat, in the order they start."""
    granian = [
        *("granian", "--interface", "wsgi", "config.wsgi:application"),
        *("--host", address.host, "--port", str(address.port)),
        *("--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_BLOCKING_THREADS)),
        # A thread that ends takes its connections and their prepared statements with it: keep it as long as it may be.
        *("--blocking-threads-idle-timeout", "600"),
        *("--respawn-failed-workers", "--respawn-interval", "0.2", "--workers-kill-timeout", "5", "--no-ws"),
    ]
    celery = ["celery", "-A", "config"]
    worker = [*celery, "worker", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    others = [*worker, "-Q", "celery", "-n", "worker@%h", "--concurrency", str(WORKER_PROCESSES)]
    events = [*worker, "-Q", "events", "-n", "events@%h", "--concurrency", str(EVENT_PROCESSES)]
    beat = [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(var / "beat-schedule")]
    return [
        ChildSpec("web", _python(granian), ready=address.ready, cwd=project, environment=_LEAN),
        *(
            ChildSpec(
                name,
                _python(command, niceness=niceness),
                cwd=project,
                environment=_LEAN,
                stop_seconds=20,
                death_signal=signal.SIGQUIT,
            )
            for name, command, niceness in (
                ("events", events, EVENTS_NICENESS),
                ("worker", others, BACKGROUND_NICENESS),
            )
        ),
        ChildSpec("beat", _python(beat, niceness=BACKGROUND_NICENESS), cwd=project, environment=_LEAN),
    ]


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def _python(module_and_arguments: list[str], *, niceness: int = 0) -> Callable[[], list[str]]:
    before = ["nice", "-n", str(niceness)] if niceness else []
    return lambda: [*before, sys.executable, "-m", *module_and_arguments]
