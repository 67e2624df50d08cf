"""Start and stop the whole of Attune, as `make stack` does, and look at its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from config.services import PROJECT
from config.services.process import signal_group, start_process
from config.supervisor.stack import Address, app_specs

from ..load.wire import Target
from .environment import Site

START_SECONDS = 600
STOP_SECONDS = 60


class StackFailed(Exception):
    """Attune, or the reference beside it, did not start; the message says what its log ends with."""


class Stack:
    """A running Attune. `children` are the supervisor's, by name: postgres, valkey, web, events, worker, beat."""

    def __init__(self, site: Site, process: subprocess.Popen[bytes]) -> None:
        self.site = site
        self.process = process

    def tree(self, name: str) -> list[psutil.Process]:
        """The child `name` and everything below it."""
        leader = psutil.Process(self._state()["children"][name]["pid"])
        return [leader, *leader.children(recursive=True)]

    def web_processes(self) -> list[psutil.Process]:
        """Those that answer requests, without the one that started them."""
        return self.tree("web")[1:]

    def everything(self) -> list[psutil.Process]:
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    @contextmanager
    def workers_paused(self) -> Iterator[None]:
        """Workers and beat stand still inside the block (SIGSTOP): they hold no core, and nothing is lost."""
        paused = [process for name in ("beat", "worker", "events") for process in self.tree(name)]
        for process in paused:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in paused:
                process.send_signal(signal.SIGCONT)

    def _state(self) -> dict[str, Any]:
        return read_state(self.site.var)


def read_state(var: Path) -> dict[str, Any]:
    try:
        state = json.loads((var / "state.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return state if isinstance(state, dict) else {}


@contextmanager
def running_stack(site: Site) -> Iterator[Stack]:
    """`python -m config.supervisor stack` in the bench's environment; stopped at the end, however it comes."""
    site.var.mkdir(parents=True, exist_ok=True)
    log = site.var / "supervisor.log"
    with log.open("wb") as output:
        process = start_process(
            [sys.executable, "-m", "config.supervisor", "stack"],
            output=output,
            cwd=PROJECT,
            environment=site.environment(),
            death_signal=signal.SIGTERM,
        )
    try:
        _await(process, lambda: _runs(site, process.pid), START_SECONDS, log)
        yield Stack(site, process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            signal_group(process.pid, signal.SIGKILL)
            process.wait()


def _runs(site: Site, pid: int) -> bool:
    state = read_state(site.var)
    return state.get("supervisor") == pid and state.get("phase") == "running"


@contextmanager
def running_reference(site: Site) -> Iterator[Target]:
    """The bare view behind the same server with the same flags and environment as Attune's own web child."""
    address = Address(site.reference.host, site.reference.port)
    web = next(spec for spec in app_specs(address, PROJECT, site.var) if spec.name == "web")
    command = [
        "bench.reference.wsgi:application" if part == "config.wsgi:application" else part
        for part in web.command()
    ]
    log = site.var / "reference.log"
    with log.open("wb") as output:
        process = start_process(
            command,
            output=output,
            cwd=PROJECT,
            environment={**site.environment(), **web.environment},
            death_signal=signal.SIGTERM,
        )
    try:
        _await(process, lambda: _answers(address), 60, log)
        yield site.reference
    finally:
        signal_group(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            signal_group(process.pid, signal.SIGKILL)
            process.wait()


def _answers(address: Address) -> bool:
    from urllib.error import URLError
    from urllib.request import urlopen

    try:
        with urlopen(f"{address.url}bare", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _await(process: subprocess.Popen[bytes], ready: Any, seconds: float, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise StackFailed(
                f"It did not start; {log} ends with:\n{log.read_text(errors='replace')[-2000:]}"
            )
        time.sleep(0.1)


def wait_for_workers(seconds: float = 120) -> None:
    """Until a worker takes tasks: the supervisor calls it ready as soon as it runs. Raises StackFailed."""
    from config.celery import app  # needs settings

    deadline = time.monotonic() + seconds
    while not app.control.ping(timeout=1.0):
        if time.monotonic() > deadline:
            raise StackFailed(f"No worker answered within {seconds:.0f} s.")


def manage(site: Site, *arguments: str) -> None:
    """Run a management command in the bench's environment, its output on the terminal; raises StackFailed."""
    process = start_process(
        [sys.executable, "manage.py", *arguments], output=None, cwd=PROJECT, environment=site.environment()
    )
    try:
        code = process.wait()
    finally:
        signal_group(process.pid, signal.SIGKILL)
    if code:
        raise StackFailed(f"manage.py {arguments[0]} failed (exit code {code}); see above.")


def nothing_beside(site: Site) -> str | None:
    """Who else would compete for the cores, in a sentence; None when nobody does."""
    from .environment import supervisor_runs

    default = PROJECT / "var"
    if supervisor_runs(default):
        return "Attune's demo runs here and would compete for the cores: stop it, or measure anyway with --beside."
    if supervisor_runs(site.var):
        return f"Another bench runs in {os.path.relpath(site.var, PROJECT)}."
    return None
