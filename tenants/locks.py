"""Work that one process at a time may do: a lock of the database session, which ends with a killed process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

LOOK_AGAIN_SECONDS = 0.1


@contextmanager
def alone(name: str, wait_seconds: float = 0.0) -> Iterator[bool]:
    """Whether this process alone holds `name` (begin it with the schema) until the block ends.

    Waits up to `wait_seconds` for another holder. Within one session the lock can be taken more than once.
    """
    until = time.monotonic() + wait_seconds
    while not (mine := _take(name)) and time.monotonic() < until:
        time.sleep(LOOK_AGAIN_SECONDS)
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _take(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])
