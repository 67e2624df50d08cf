"""Locks between the processes of a host. The kernel lets go of them when a process dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAUSE_SECONDS = 0.001


class Busy(Exception):
    """Somebody else holds the lock."""


class FileLock:
    """One holder among all threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()

    @contextmanager
    def held(self, seconds: float) -> Iterator[None]:
        """Hold the lock; raises `Busy` when it isn't free within `seconds`."""
        deadline = time.monotonic() + seconds
        if not self._threads.acquire(timeout=max(seconds, 0.0)):
            raise Busy(str(self._path))
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                self._lock(fd, deadline)
                yield
            finally:
                os.close(fd)
        finally:
            self._threads.release()

    def _lock(self, fd: int, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Busy(str(self._path)) from None
            time.sleep(PAUSE_SECONDS)
