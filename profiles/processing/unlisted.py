"""Items that the catalogue doesn't have and that browsers name: so many a day, since anybody can read a browser's key."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

import structlog
from django.conf import settings
from psycopg import Cursor
from redis import Redis

from tenants import quota, redis

from ..flags import UNLISTED
from .decode import Occurrence
from .facts import Fact
from .items import Known, find_items

log = structlog.get_logger("attune.processing")
_DAYS_KEPT = 2


def items_of(
    cursor: Cursor, schema: str, events: Sequence[Occurrence], facts: Sequence[Sequence[Fact]]
) -> dict[str, Known]:
    """The items that the events name. Of those that only browsers name and nobody knows, as many are made as the day
    has left (settings.UNLISTED_ITEMS_A_DAY); events that name others are marked, and count without them.
    """
    named = {fact.item_id for lines in facts for fact in lines}
    trusted = {f.item_id for e, lines in zip(events, facts, strict=True) if e.trusted for f in lines}
    items = find_items(cursor, schema, named, may_make=lambda new: _granted(schema, new, trusted))
    if len(items) < len(named):
        _mark(cursor, schema, events, facts, items)
    return items


def _granted(schema: str, new: Collection[str], trusted: set[str]) -> list[str]:
    doubtful = sorted(set(new) - trusted)
    if not doubtful:
        return sorted(new)
    granted = doubtful[: _left(schema, len(doubtful))]
    if len(granted) < len(doubtful):
        log.warning(
            "more unknown items than a day may bring", tenant=schema, left_out=len(doubtful) - len(granted)
        )
    return sorted({*trusted & set(new), *granted})


def _left(schema: str, wanted: int) -> int:
    """How many of `wanted` may still be made today; counted by this process alone while Valkey is away."""
    key = f"{schema}:unlisted:{int(time.time() // 86_400)}"

    def take(client: Redis) -> int:
        pipe = client.pipeline(transaction=False)
        pipe.incrby(key, wanted)
        pipe.expire(key, _DAYS_KEPT * 86_400)
        return int(pipe.execute()[0])

    try:
        used = redis.run(take)
    except redis.Unavailable:
        used = quota.count_locally(key, wanted)
    return min(wanted, max(0, settings.UNLISTED_ITEMS_A_DAY - (used - wanted)))


def _mark(
    cursor: Cursor,
    schema: str,
    events: Sequence[Occurrence],
    facts: Sequence[Sequence[Fact]],
    items: dict[str, Known],
) -> None:
    marked = [
        event.claimed
        for event, lines in zip(events, facts, strict=True)
        if any(line.item_id not in items for line in lines)
    ]
    cursor.execute(
        f"""UPDATE "{schema}".profiles_event e SET flags = e.flags | {UNLISTED}
            FROM unnest(%b::bigint[], %b::timestamptz[]) AS t(id, received_at)
            WHERE e.received_at = t.received_at AND e.id = t.id""",
        [[event.id for event in marked], [event.received_at for event in marked]],
    )
