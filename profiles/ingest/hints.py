"""Tell a worker that events wait. Only a hint: beat's sweep finds the due row anyway.

A thread of the process publishes, so that a slow or missing broker never delays a request. At most one hint per
tenant waits in the broker: Valkey holds a mark from the hint until a worker takes it up.
"""

from __future__ import annotations

import os
import threading
import time

import structlog
from celery import current_app
from kombu.exceptions import OperationalError as BrokerError
from redis import Redis

from tenants import redis

log = structlog.get_logger("attune.ingest.hints")

PAUSE_SECONDS = 0.05
# Longer than a hint waits when every tenant is flooded, shorter than anybody would wait for a hint that was lost.
MARK_MILLISECONDS = 5000
TASK = "profiles.tasks.process_events"
# The queue of the broker that only events use: a training never holds up what shoppers do (settings.CELERY_TASK_ROUTES).
CHANNEL = "events"

_wanted: set[str] = set()
_bell = threading.Event()
_lock = threading.Lock()
_thread: threading.Thread | None = None
_thread_pid = 0


def hint(schema: str) -> None:
    """Ask for the tenant's events to be processed soon; returns at once."""
    global _thread, _thread_pid
    _wanted.add(schema)
    _bell.set()
    # A forked process inherits the variable, not the thread.
    if _thread is None or _thread_pid != os.getpid() or not _thread.is_alive():
        with _lock:
            if _thread is None or _thread_pid != os.getpid() or not _thread.is_alive():
                _thread_pid = os.getpid()
                _thread = threading.Thread(target=_run, name="event-hints", daemon=True)
                _thread.start()


def mark_key(schema: str) -> str:
    return f"{schema}:hint"


def take_up(schema: str) -> None:
    """A worker starts on the tenant's events: what commits from now on needs a new hint."""
    try:
        redis.run(lambda client: client.delete(mark_key(schema)))
    except redis.Unavailable:
        return  # the mark expires by itself, and the sweep does not look at it


def _run() -> None:
    while True:
        _bell.wait()
        _bell.clear()
        for schema in list(_wanted):
            _wanted.discard(schema)
            try:
                publish(schema)
            except (BrokerError, redis.Unavailable, OSError) as error:
                log.warning("no hint sent; the sweep will find the events", tenant=schema, error=str(error))
        time.sleep(PAUSE_SECONDS)


def publish(schema: str) -> None:
    """Send one hint unless one waits already."""
    first = redis.run(lambda client: client.set(mark_key(schema), 1, nx=True, px=MARK_MILLISECONDS))
    if first:
        current_app.send_task(TASK, args=[schema], expires=30, retry=False, ignore_result=True, queue=CHANNEL)


def others_waiting(schema: str) -> int:
    """How many hints of other tenants wait in the broker; 0 when it can't be asked."""

    def ask(client: Redis) -> int:
        pipe = client.pipeline(transaction=False)
        pipe.llen(CHANNEL)
        pipe.exists(mark_key(schema))
        length, own = pipe.execute()
        return max(0, int(length) - int(own))

    try:
        return redis.run(ask)
    except redis.Unavailable:
        return 0
