"""var/supervisor.lock and var/state.json: one supervisor at a time, and who its children are."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any


class AlreadyRunning(Exception):
    """Another supervisor holds the lock; the message says which and what to open."""


class RunFiles:
    def __init__(self, var: Path) -> None:
        self.lock_path = var / "supervisor.lock"
        self.state_path = var / "state.json"
        self._lock: int | None = None

    def acquire(self) -> None:
        """Hold the lock until this process ends, however it ends; raises AlreadyRunning."""
        self.lock_path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.lock_path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise AlreadyRunning(self.holder()) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._lock = descriptor

    def read_state(self) -> dict[str, Any]:
        """What the last supervisor wrote; empty when there was none or the file is broken."""
        try:
            state = json.loads(self.state_path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return state if isinstance(state, dict) else {}

    def write_state(self, state: dict[str, Any]) -> None:
        fresh = self.state_path.with_suffix(".tmp")
        fresh.write_text(json.dumps(state, indent=2) + "\n")
        fresh.replace(self.state_path)

    def holder(self) -> str:
        """One sentence about the supervisor that holds the lock, and what to open."""
        state = self.read_state()
        pid = self.lock_path.read_text().strip() or "unknown"
        phase = {"starting": "starting", "setup": "being set up", "stopping": "stopping"}.get(
            state.get("phase", "")
        )
        url = state.get("url", "")
        if phase:
            return f"Attune is already {phase} here (process {pid}); when it is ready, open {url}"
        return f"Attune is already running here (process {pid}): open {url}, or stop it with: kill {pid}"
