"""Which keys were used lately: noted in the process, told to Valkey by the keyring's thread, written by `note_key_use`.

A request pays for a set's `add` and nothing more; what a process that dies had noted is lost, and noted again by the
next request.
"""

from __future__ import annotations

import time

from . import redis

USED_KEYS = "attune:keys-used"
EVERY_SECONDS = 5.0

_used: set[int] = set()
_told_at = -EVERY_SECONDS


def note(key_id: int | None) -> None:
    """A key let a request in; what staff do in the console has none."""
    if key_id is not None:
        _used.add(key_id)


def tell(every: float = EVERY_SECONDS) -> None:
    """Hand on what was noted, at most every so many seconds; it is kept while Valkey is away."""
    global _used, _told_at
    if not _used or time.monotonic() - _told_at < every:
        return
    told, _used = _used, set()
    _told_at = time.monotonic()
    try:
        redis.run(lambda client: client.sadd(USED_KEYS, *list(told)))
    except redis.Unavailable:
        _used |= told


def take(most: int = 1000) -> list[int]:
    """Keys that were used since they were last taken; raises `Unavailable`."""
    found = redis.run(lambda client: client.spop(USED_KEYS, most))
    return [int(key) for key in found or ()]
