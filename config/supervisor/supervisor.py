"""The one process that owns all others: starts them in order, keeps them running, stops them in reverse."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from config.services.process import ServiceError
from config.supervisor.child import Child, ChildSpec, State, plain_environment
from config.supervisor.messages import say
from config.supervisor.orphans import adopt_orphans, end_orphans, end_previous_run
from config.supervisor.preflight import Refused
from config.supervisor.runfile import AlreadyRunning, RunFiles

_TICK_SECONDS = 0.1
_ORPHAN_SWEEP_SECONDS = 2.0
_SAME_REQUEST_SECONDS = 1.0


class StopRequested(BaseException):
    """Ctrl-C or SIGTERM arrived; like KeyboardInterrupt, not an Exception."""


class Failed(Exception):
    """A child that cannot be started, or a step that failed; the message is for the terminal."""


class Supervisor:
    """Use: `with Supervisor(var, url) as s: s.bring_up([...]); s.run_step(...); s.watch()`; leaving stops all.

    Single-threaded: everything happens in `_tick`, about ten times a second. Logs go from child to file.
    """

    def __init__(self, var: Path, url: str, environment: dict[str, str] | None = None) -> None:
        self.var, self.url = var, url
        self.environment = {**plain_environment(), "ATTUNE_VAR": str(var), **(environment or {})}
        self.files = RunFiles(var)
        self.children: list[Child] = []
        self.phase = "starting"
        self._stops = 0
        self._first_stop_at = 0.0
        self._next_sweep = 0.0
        self._wake, self._waker = socket.socketpair()

    def __enter__(self) -> Supervisor:
        """Take the lock (AlreadyRunning), end what a killed supervisor left, listen for signals."""
        self.files.acquire()
        (self.var / "log").mkdir(exist_ok=True)
        for end in (self._wake, self._waker):
            end.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake up
        # Set even when ignored, as a shell does for commands in the background; a hang-up stays ignored under nohup.
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self._on_stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_stop)
        adopt_orphans()
        if ended := end_previous_run(self.files.read_state()):
            say(f"ended {ended} processes of a supervisor that was killed")
        self._write_state()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_all()

    def bring_up(self, specs: Sequence[ChildSpec]) -> None:
        """Start `specs` together and wait until each is ready; raises Failed with the end of its log."""
        began = time.monotonic()
        fresh = [Child(spec, self.var / "log" / f"{spec.name}.log", self.environment) for spec in specs]
        for child in fresh:
            self.children.append(child)
            child.start()
        self._write_state()
        while waiting := [child for child in fresh if child.state is not State.READY]:
            self._tick()
            for child in waiting:
                if child.gave_up:
                    raise Failed(
                        f"{child.spec.name} does not start; the end of {child.log}:\n{child.log_end()}"
                    )
                if time.monotonic() - began > child.spec.ready_seconds:
                    seconds = f"{child.spec.ready_seconds:.0f} s"
                    raise Failed(
                        f"{child.spec.name} is not ready after {seconds}; see {child.log}\n{child.log_end()}"
                    )
        say(f"{', '.join(spec.name for spec in specs)}: ready ({time.monotonic() - began:.1f} s)")

    def run_step(self, name: str, command: list[str], cwd: Path) -> None:
        """Run `command` to its end with its output on our terminal, watching the rest; raises Failed."""
        step = Child(ChildSpec(name, lambda: command, cwd=cwd), None, self.environment)
        step.start()
        assert step.process is not None  # noqa: S101
        self.children.append(step)
        self._enter_phase("setup")
        try:
            while (code := step.process.poll()) is None:
                self._tick(but=step)
        finally:
            if step.gone():  # else stop_all ends it
                self.children.remove(step)
        step.kill_group()
        if code:
            raise Failed(f"{name} failed (exit code {code}); what it said is above.")

    def watch(self) -> None:
        """Keep the children running until a signal asks to stop (StopRequested)."""
        self._enter_phase("running")
        while True:
            self._tick()

    def stop_all(self) -> None:
        """Stop in reverse order of start, each within its time limit; a second signal shortens it."""
        self._enter_phase("stopping")
        if self.children:
            say("stopping …")
        hurried = False
        for child in reversed(self.children):
            asked = time.monotonic()
            child.ask_to_stop()
            while not child.gone() and time.monotonic() - asked < child.spec.stop_seconds:
                self._sleep()
                if self._stops > 1 and not hurried:
                    hurried = True
                    say("stopping at once")
                if hurried:
                    child.ask_to_stop(hurry=True)
            if not child.gone():
                say(f"{child.spec.name} did not stop in {child.spec.stop_seconds:.0f} s: killed")
            child.kill_group()
        end_orphans(known=())
        if self.children:
            say("stopped")
        self.children.clear()
        self.phase = "stopped"
        self._write_state()

    def _tick(self, but: Child | None = None) -> None:
        self._sleep()
        if self._stops:
            raise StopRequested
        changed = False
        for child in self.children:
            if child is not but:
                changed |= child.watch()
                child.show_log()
        if changed or time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + _ORPHAN_SWEEP_SECONDS
            end_orphans(known=[child.pid for child in self.children if child.pid])
        if changed:
            self._write_state()

    def _sleep(self) -> None:
        readable, _, _ = select.select([self._wake], [], [], _TICK_SECONDS)
        if readable:
            self._wake.recv(4096)

    def _on_stop(self, _signum: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self._stops:
            self._first_stop_at = now
        # One request can arrive twice: from the terminal, or `timeout`, and again through make.
        if not self._stops or now - self._first_stop_at > _SAME_REQUEST_SECONDS:
            self._stops += 1

    def _enter_phase(self, phase: str) -> None:
        self.phase = phase
        self._write_state()

    def _write_state(self) -> None:
        try:
            self.files.write_state(self.describe())
        except OSError as error:  # a full disk is no reason to stop what runs
            say(f"cannot write {self.files.state_path}: {error.strerror}")

    def describe(self) -> dict[str, Any]:
        return {
            "supervisor": os.getpid(),
            "phase": self.phase,
            "url": self.url,
            "children": {child.spec.name: child.describe() for child in self.children},
        }


__all__ = ["AlreadyRunning", "Failed", "Refused", "ServiceError", "StopRequested", "Supervisor"]
