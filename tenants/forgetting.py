"""Process memories that may hold something of a person are dropped everywhere within two seconds of an erasure.

One number in the public schema and in Valkey moves with each erasure. A thread of each process that remembers anything
reads it twice a second. Memories that open sealed fields also ask `confirmed()`: while the number can't be read, they
are not used for longer than `TRUST_SECONDS`. (See tenants.keyring, which does the same for API keys.)
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable

import structlog
from django.db import DatabaseError, connection, transaction

from . import redis

WATCH_SECONDS = 0.5
TRUST_SECONDS = 1.4
KEY = "attune:forget"
SEQUENCE = "public.tenants_forget_epoch"

log = structlog.get_logger("attune.forgetting")

_memories: list[Callable[[], None]] = []
_lock = threading.Lock()
_seen: int | None = None
_confirmed_at = 0.0
_watcher: threading.Thread | None = None
_watcher_pid = 0


def remember_to(forget: Callable[[], None]) -> Callable[[], None]:
    """Have `forget` called after every erasure; whoever remembers something of a person registers at import."""
    _memories.append(forget)
    return forget


def everywhere() -> None:
    """Somebody is erased: this process forgets after the caller's commit, the others once it is published."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT nextval('{SEQUENCE}')")
    transaction.on_commit(here)


def publish() -> None:
    """Tell all processes, which forget within two seconds; raises `redis.Unavailable`: then call it again later."""
    number = _in_database()
    redis.run(lambda client: client.set(KEY, number))


def confirmed() -> bool:
    """Whether what this process remembers is still true; costs a comparison, or one look at Valkey when nobody looked."""
    watch()
    if time.monotonic() - _confirmed_at <= TRUST_SECONDS:
        return True
    return confirm()


def confirm() -> bool:
    """Compare the number now, and drop everything when it moved; False when it can't be read."""
    global _seen, _confirmed_at
    number = _read()
    if number is None:
        return False
    if number != _seen:
        here()
        _seen = number
    _confirmed_at = time.monotonic()
    return True


def here() -> None:
    """Drop everything that this process remembers of persons."""
    for forget in _memories:
        forget()


def watch() -> None:
    """Start this process's watch, once; whoever remembers calls it."""
    global _watcher, _watcher_pid
    if _watcher is None or _watcher_pid != os.getpid() or not _watcher.is_alive():
        with _lock:
            if _watcher is None or _watcher_pid != os.getpid() or not _watcher.is_alive():
                _watcher_pid = os.getpid()
                _watcher = threading.Thread(target=_run, name="forgetting", daemon=True)
                _watcher.start()


def _run() -> None:
    while True:
        try:
            confirm()
        except Exception as error:  # the thread must live; what it can't confirm is not trusted
            log.error("forgetting watcher", error=repr(error))
        connection.close()
        time.sleep(WATCH_SECONDS)


def _read() -> int | None:
    with contextlib.suppress(redis.Unavailable):
        value = redis.run(lambda client: client.get(KEY))
        if value is not None:
            return int(value)
    try:
        number = _in_database()
    except DatabaseError:
        return None
    with contextlib.suppress(redis.Unavailable):
        redis.run(lambda client: client.set(KEY, number, nx=True))
    return number


def _in_database() -> int:
    with connection.cursor() as cursor:
        # A sequence says 1 before its first number as well as after it.
        cursor.execute(f"SELECT last_value - (NOT is_called)::int FROM {SEQUENCE}")
        return int(cursor.fetchone()[0])
