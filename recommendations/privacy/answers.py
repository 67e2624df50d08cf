"""Stored answers in Valkey: what was recommended to the person in the last five minutes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compliance.registry import Person
from tenants import redis

PORTION = 1_000


def erase(person: Person) -> int:
    client: Any = redis.raw_client()
    names = list(_names(client, person))
    return sum(int(client.unlink(*names[i : i + PORTION])) for i in range(0, len(names), PORTION))


def verify(person: Person) -> int:
    return sum(1 for _ in _names(redis.raw_client(), person))


def _names(client: Any, person: Person) -> Iterator[bytes]:
    """One walk over all names of the tenant: the start of the server and the question stand beside the person."""
    wanted = {blind.hex().encode() for blind in person.blinds}
    for name in client.scan_iter(match=f"{person.scope.schema}:a:*", count=2_000):
        parts = name.split(b":")
        if len(parts) == 5 and parts[3] in wanted:
            yield name
