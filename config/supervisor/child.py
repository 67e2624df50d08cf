"""One child process: started, watched, started again, stopped."""

from __future__ import annotations

import enum
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from config.services.account import Account
from config.services.process import ServiceError, signal_group, start_process
from config.supervisor.messages import LogTail, last_lines, say

# A child that was ready, or lived this long, did not fail at once.
SETTLED_SECONDS = 10.0
GIVE_UP_AFTER = 6
RETRY_AFTER_GIVING_UP_SECONDS = 60.0
_LONGEST_DELAY_SECONDS = 8.0


@dataclass(frozen=True)
class ChildSpec:
    """What to run and how to know it works. `ready` is asked until true; without it, running counts as ready."""

    name: str
    command: Callable[[], list[str]]
    ready: Callable[[], bool] | None = None
    prepare: Callable[[], None] | None = None
    ready_seconds: float = 60
    cwd: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Callable[[], Account | None] = lambda: None
    stop_signal: signal.Signals = signal.SIGTERM
    hurry_signal: signal.Signals = signal.SIGKILL
    stop_seconds: float = 10
    death_signal: signal.Signals | None = None  # when we are killed; without it `stop_signal`


class State(enum.StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting"  # for its next start


class Child:
    def __init__(self, spec: ChildSpec, log: Path | None, environment: Mapping[str, str]) -> None:
        """With `log` None the child writes to our own terminal."""
        self.spec, self.log = spec, log
        self.environment = {**environment, **spec.environment}
        self.process: subprocess.Popen[bytes] | None = None
        self.state = State.STOPPED
        self.started_at = 0.0
        self.starts = 0
        self.failures = 0
        self._next_start = 0.0
        self._tail = LogTail(spec.name, log) if log else None

    @property
    def gave_up(self) -> bool:
        return self.failures >= GIVE_UP_AFTER

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def start(self) -> None:
        if self.spec.prepare:
            self.spec.prepare()
        self.starts += 1
        self.started_at = time.monotonic()
        self.process = self._start()
        self.state = State.STARTING

    def _start(self) -> subprocess.Popen[bytes]:
        arguments: dict[str, Any] = {
            "cwd": self.spec.cwd,
            "environment": self.environment,
            "account": self.spec.account(),
            "death_signal": self.spec.death_signal or self.spec.stop_signal,
        }
        if self.log is None:
            sys.stdout.flush()
            return start_process(self.spec.command(), output=None, **arguments)
        with self.log.open("ab") as output:
            return start_process(self.spec.command(), output=output, **arguments)

    def watch(self) -> bool:
        """Look once; start it again when it is due. True when something changed."""
        before = (self.state, self.pid)
        if self.process and (code := self.process.poll()) is not None:
            self._ended(code)
        elif self.state is State.STARTING and (self.spec.ready is None or self.spec.ready()):
            self.state = State.READY
            if self.starts > 1:
                say(f"{self.spec.name} is back (process {self.pid})")
        elif self.state is State.WAITING and time.monotonic() >= self._next_start:
            self._start_again()
        return before != (self.state, self.pid)

    def _start_again(self) -> None:
        try:
            self.start()
        except (ServiceError, OSError) as error:  # a full disk, a folder that went away: it may come back
            say(f"{self.spec.name} cannot be started: {error}")
            self._wait(settled=False)

    def _ended(self, code: int) -> None:
        process, self.process = self.process, None
        assert process is not None  # noqa: S101
        signal_group(process.pid, signal.SIGKILL)  # its own workers, which it can no longer stop
        lived = time.monotonic() - self.started_at
        settled = (self.spec.ready is not None and self.state is State.READY) or lived > SETTLED_SECONDS
        delay = self._wait(settled=settled)
        if not self.gave_up:
            say(f"{self.spec.name} {_how(code)}; starting it again" + (f" in {delay:g} s" if delay else ""))

    def _wait(self, *, settled: bool) -> float:
        """Decide when it starts next; returns the delay in seconds."""
        self.failures = 1 if settled else self.failures + 1
        self.state = State.WAITING
        delay = min(0.25 * 2 ** (self.failures - 2), _LONGEST_DELAY_SECONDS) if self.failures > 1 else 0.0
        if self.gave_up:
            delay = RETRY_AFTER_GIVING_UP_SECONDS
            say(
                f"{self.spec.name} ended {self.failures} times in a row right after its start: see {self.log}"
            )
            say(f"next try in {delay:.0f} s")
        self._next_start = time.monotonic() + delay
        return delay

    def ask_to_stop(self, *, hurry: bool = False) -> None:
        """A polite signal to its leader, which knows its own order; in a hurry one to the whole group."""
        self.state = State.STOPPED
        if self.process is None or self.process.poll() is not None:
            return
        if hurry:
            signal_group(self.process.pid, self.spec.hurry_signal)
        else:
            self.process.send_signal(self.spec.stop_signal)

    def gone(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def kill_group(self) -> None:
        if self.process:
            signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def show_log(self) -> None:
        if self._tail:
            self._tail.show_new()

    def log_end(self) -> str:
        return last_lines(self.log) if self.log else ""

    def describe(self) -> dict[str, Any]:
        """For var/state.json; `created` tells a process from a later one with the same number."""
        return {
            "pid": self.pid,
            "created": _created(self.pid) if self.pid else None,
            "state": str(self.state),
            "starts": self.starts,
            "stop_signal": int(self.spec.stop_signal),
            "stop_seconds": self.spec.stop_seconds,
            "log": str(self.log) if self.log else None,
        }


def _created(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def _how(code: int) -> str:
    if code >= 0:
        return f"ended (exit code {code})"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def plain_environment() -> dict[str, str]:
    """Ours, without what make adds for its own sub-makes; Python children write their logs at once."""
    dropped = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PYTHONUNBUFFERED": "1"}
