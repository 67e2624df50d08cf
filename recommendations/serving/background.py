"""One thread a process for what must not make a request wait: one job after another, on one connection."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable

import structlog
from django.db import connection

log = structlog.get_logger("attune.serving")

# A connection that nobody needed for so long is given back.
IDLE_SECONDS = 1.0
# Between two jobs that can wait: two hundred tenants that are due at once must not hold up those who wait for an answer.
BREATH_SECONDS = 0.1

Key = tuple[str, str]  # schema, name of the job
_jobs: queue.PriorityQueue[tuple[int, int, Key, Callable[[], None]]] = queue.PriorityQueue()
_numbers = itertools.count()
_waiting: set[Key] = set()
_lock = threading.Lock()
_thread: threading.Thread | None = None


def later(schema: str, name: str, job: Callable[[], None], *, urgent: bool = False) -> None:
    """Do `job` soon, urgent ones first. One that waits under the same name is enough; one that runs already is not."""
    global _thread
    key = (schema, name)
    with _lock:
        if key in _waiting:
            return
        _waiting.add(key)
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="serving-background", daemon=True)
            _thread.start()
    _jobs.put((0 if urgent else 1, next(_numbers), key, job))


def _work() -> None:
    while True:
        try:
            rank, _, key, job = _jobs.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            connection.close()
            rank, _, key, job = _jobs.get()
        with _lock:
            _waiting.discard(key)
        try:
            job()
        except Exception:  # what was there goes on answering; the next request asks again
            log.exception("background work failed", tenant=key[0], job=key[1])
            connection.close()
        if rank:
            time.sleep(BREATH_SECONDS)
