"""A supervisor over harmless children, as a process of its own, with everything it started ended afterwards."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest

from config.services import PROJECT

PATIENCE_SECONDS = 30


def until(true: Callable[[], Any]) -> Any:
    """The first true answer; fails when there is none for a long while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if answer := true():
            return answer
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@dataclass
class Stack:
    var: Path
    process: subprocess.Popen[str]
    seen: set[int] = field(default_factory=set)

    def state(self) -> dict[str, Any]:
        try:
            state = json.loads((self.var / "state.json").read_text())
        except FileNotFoundError:
            return {}
        self.seen |= {child["pid"] for child in state["children"].values() if child["pid"]}
        return state

    def pid(self, name: str) -> int:
        return self.state()["children"][name]["pid"]

    def worker_of(self, name: str) -> int:
        return int(until((self.var / f"{name}.worker").read_text))

    def runs(self) -> bool:
        state = self.state()
        ours = state.get("supervisor") == self.process.pid  # not what a killed one left
        return (
            ours
            and state["phase"] == "running"
            and all(c["state"] == "ready" for c in state["children"].values())
        )

    def back(self, name: str, old_pid: int) -> bool:
        child = self.state()["children"][name]
        return child["state"] == "ready" and child["pid"] != old_pid

    def stop(self, signum: signal.Signals = signal.SIGTERM) -> str:
        self.process.send_signal(signum)
        return self.process.communicate(timeout=PATIENCE_SECONDS)[0]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that PostgreSQL's account may walk through."""
    made = Path(tempfile.mkdtemp(prefix="attune-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def start_stack(folder: Path) -> Iterator[Callable[..., Stack]]:
    stacks: list[Stack] = []

    def start(scenario: str = "", stdout: int = subprocess.PIPE) -> Stack:
        process = subprocess.Popen(
            [sys.executable, str(PROJECT / "tests/config/small_stack.py"), str(folder), scenario],
            stdout=stdout,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )
        stacks.append(Stack(folder, process))
        return stacks[-1]

    yield start
    for stack in stacks:
        stack.state()
        if stack.process.poll() is None:
            stack.stop()
        for pid in stack.seen:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def stack(start_stack: Callable[..., Stack]) -> Stack:
    """Up and running: first, second and third, each with a worker of its own."""
    running = start_stack()
    until(running.runs)
    return running


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a set-up script as the system's Python does: by its file, with its siblings beside it."""
    scripts = PROJECT / "config/bootstrap"
    names = {path.stem for path in scripts.glob("*.py")}
    monkeypatch.syspath_prepend(str(scripts))
    yield importlib.import_module
    for name in names & set(sys.modules):
        del sys.modules[name]
