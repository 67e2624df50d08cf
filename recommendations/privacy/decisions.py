"""Decisions and their traces: in the database, and on their way there through Valkey's stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from catalog.models import Item
from compliance.registry import Person
from tenants import redis

from ..models import Decision
from ..traces import STREAM, drain

PORTION = 1_000


def export(person: Person) -> Iterator[dict[str, Any]]:
    """What was shown, when and why; how other items were scored is the merchant's business, not the person's data."""
    found = Decision.objects.filter(profile_id__in=person.profile_ids).order_by("at")
    titles = _Titles()
    for decision in found.iterator(PORTION):
        yield {
            "at": decision.at.isoformat(),
            "placement": decision.placement,
            "outcome": decision.outcome,
            "shown": [
                {
                    "product": titles[item.get("item_id")],
                    "item_id": item.get("item_id"),
                    "reason": item.get("reason"),
                }
                for item in decision.trace.get("items", [])
            ],
        }


class _Titles(dict[str, str | None]):
    """Item id → title, each looked up once."""

    def __missing__(self, item_id: str) -> str | None:
        title = Item.objects.filter(external_id=item_id).values_list("title", flat=True).first()
        self[item_id] = title
        return title


def erase_waiting(person: Person) -> int:
    """Delete entries of the stream that no worker has written yet, also those that a dead worker holds."""
    entries = _waiting(person)
    client: Any = redis.raw_client()
    for start in range(0, len(entries), PORTION):
        client.xdel(STREAM, *entries[start : start + PORTION])
    return len(entries)


def verify_waiting(person: Person) -> int:
    return len(_waiting(person))


def flush(person: Person) -> int:
    """Write what waits for everybody, so that little is left to look through."""
    drain()
    return erase_waiting(person)


def _waiting(person: Person) -> list[bytes]:
    schema, profiles = person.scope.schema.encode(), set(person.profile_ids)
    units = {unit.hex() for unit in person.units}
    client: Any = redis.raw_client()
    found, after = [], "-"
    while profiles or units:
        entries = client.xrange(STREAM, after, "+", count=PORTION)
        for entry, fields in entries:
            if fields.get(b"schema") != schema:
                continue
            decision = orjson.loads(fields[b"decision"])
            # Asked for before there was a profile, it tells by its unit whose it is.
            if decision["profile_id"] in profiles or decision.get("exposed", [""])[0] in units:
                found.append(entry)
        if len(entries) < PORTION:
            break
        after = b"(" + entries[-1][0]
    return found
