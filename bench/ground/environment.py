"""The bench's own Attune: another folder, other ports, so that the demo's data is never touched."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from config.services import PROJECT

from ..load.wire import Target

HOST = "127.0.0.1"
DEFAULT_PORT = 8100


@dataclass(frozen=True, slots=True)
class Site:
    """`web` answers as Attune, `reference` as the bare view. The embedded services live under `var`."""

    var: Path
    web: Target
    reference: Target

    @property
    def scratch(self) -> Path:
        return self.var / "scratch"

    def environment(self) -> dict[str, str]:
        """Of every process of the bench. Services that the caller's environment names are not used."""
        kept = {
            k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "ATTUNE_ARTEFACTS")
        }
        return {
            **kept,
            "ATTUNE_VAR": str(self.var),
            "ATTUNE_HOST": self.web.host,
            "ATTUNE_PORT": str(self.web.port),
            "DJANGO_SETTINGS_MODULE": "config.settings.development",
            "PYTHONUNBUFFERED": "1",
        }


def the_site() -> Site:
    """Under var/bench, at port 8100 and the next one; ATTUNE_BENCH_VAR and ATTUNE_BENCH_PORT say otherwise."""
    port = int(os.environ.get("ATTUNE_BENCH_PORT") or DEFAULT_PORT)
    var = Path(os.environ.get("ATTUNE_BENCH_VAR") or PROJECT / "var" / "bench").resolve()
    return Site(var, Target(HOST, port), Target(HOST, port + 1))


def supervisor_runs(var: Path) -> bool:
    """Whether a supervisor holds this folder's lock."""
    try:
        lock = (var / "supervisor.lock").open("r")
    except FileNotFoundError:
        return False
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def enter(site: Site) -> None:
    """Make this process part of the bench's Attune: Django set up on its database and Valkey."""
    site.scratch.mkdir(parents=True, exist_ok=True)
    environment = site.environment()
    for name in ("DATABASE_URL", "REDIS_URL", "ATTUNE_ARTEFACTS"):
        os.environ.pop(name, None)
    os.environ.update(environment)
    import django

    django.setup()
