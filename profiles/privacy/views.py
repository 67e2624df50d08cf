"""How many pages a person saw in the last minutes, in Valkey; it is gone by itself after a quarter of an hour."""

from __future__ import annotations

from collections.abc import Iterator

from redis import Redis

from compliance.registry import Person
from tenants import redis


def erase(person: Person) -> int:
    names = [blind.hex() for blind in person.blinds]
    if not names:
        return 0
    client = redis.raw_client()
    return sum(int(client.hdel(key, *names)) for key in _minutes(client, person))  # type: ignore[arg-type]


def verify(person: Person) -> int:
    names = [blind.hex() for blind in person.blinds]
    if not names:
        return 0
    client = redis.raw_client()
    return sum(
        value is not None
        for key in _minutes(client, person)
        for value in client.hmget(key, names)  # type: ignore[union-attr]
    )


def _minutes(client: Redis, person: Person) -> Iterator[bytes]:
    yield from client.scan_iter(f"{person.scope.schema}:views:*", count=1000)
