"""Before a batch is processed: which of its events are bots', or say again what counted, and how many of each came.

All in the batch's transaction. A batch costs two small statements more (known suspects, the counts) and one round trip
to Valkey; without Valkey pages that were sent twice and new suspects pass, orders do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from psycopg import Cursor

from tenants.scope import Scope

from ..flags import BOT, NOT_COUNTED, REPEATED, ROBOTIC, SAME_ORDER
from ..processing.decode import TRACK, Decoded, Occurrence
from . import memory, orders, rates, tallies
from .agents import agent_of, bot_by_agent
from .outcomes import outcome_of
from .rules import Rules, current


def sift(cursor: Cursor, scope: Scope, decoded: Decoded) -> Decoded:
    """`decoded` with only what counts; the others are marked as they are stored, and all are tallied."""
    events = decoded.events
    if not events:
        return decoded
    rules = current(cursor, scope.schema)
    flags = [event.claimed.flags for event in events]
    _mark_bots(cursor, scope, rules, events, flags)
    decoded.robots = _mark_repeated(cursor, scope, rules, events, flags)
    _write_flags(cursor, scope.schema, events, flags)
    tallies.add(
        cursor,
        scope.schema,
        (
            (e.claimed.received_at, e.type, _counted_name(e), outcome_of(f))
            for e, f in zip(events, flags, strict=True)
        ),
    )
    decoded.events = [e for e, f in zip(events, flags, strict=True) if not f & NOT_COUNTED]
    return decoded


def _counted_name(event: Occurrence) -> str:
    """Of tracks only: a page or screen may be called after what somebody typed."""
    return event.name if event.type == TRACK else ""


def _mark_bots(
    cursor: Cursor, scope: Scope, rules: Rules, events: Sequence[Occurrence], flags: list[int]
) -> None:
    known = (
        rates.suspects(cursor, scope.schema, {e.claimed.handle for e in events}) if rules.by_rate else set()
    )
    for i, event in enumerate(events):
        if bot_by_agent(rules, agent_of(event.context)):
            flags[i] |= BOT
        elif event.claimed.handle in known:
            flags[i] |= BOT | ROBOTIC


def _mark_repeated(
    cursor: Cursor, scope: Scope, rules: Rules, events: Sequence[Occurrence], flags: list[int]
) -> set[bytes]:
    """Returns the handles of those who are bots by what they do, as it turns out."""
    people = [i for i, f in enumerate(flags) if not f & NOT_COUNTED]
    watched = {i: memory.content_of(rules, events[i]) for i in people}
    views: Counter[tuple[bytes, int]] = Counter()
    if rules.by_rate:
        views.update(rates.view_of(events[i]) for i in people if rates.is_view(events[i]))
    asked = [(i, content) for i, content in watched.items() if content]
    twice, busiest = memory.ask(scope.schema, rules, [(events[i], c) for i, c in asked], views)
    for (i, _), said in zip(asked, twice, strict=True):
        if said:
            flags[i] |= REPEATED
    if rules.same_orders:
        for i in orders.repeated(cursor, scope, [(i, events[i]) for i in people]):
            flags[i] |= REPEATED | SAME_ORDER
    fast = rates.found(cursor, scope.schema, rules, busiest)
    if fast:
        for i in people:
            if events[i].claimed.handle in fast:
                flags[i] = flags[i] & ~(REPEATED | SAME_ORDER) | BOT | ROBOTIC
    return fast


def _write_flags(cursor: Cursor, schema: str, events: Sequence[Occurrence], flags: Sequence[int]) -> None:
    changed = [
        (e.claimed.id, e.claimed.received_at, f)
        for e, f in zip(events, flags, strict=True)
        if f != e.claimed.flags
    ]
    if not changed:
        return
    ids, received, found = zip(*changed, strict=True)
    cursor.execute(
        f"""UPDATE "{schema}".profiles_event e SET flags = t.flags
            FROM unnest(%b::bigint[], %b::timestamptz[], %b::smallint[]) AS t(id, received_at, flags)
            WHERE e.received_at = t.received_at AND e.id = t.id""",
        [list(ids), list(received), list(found)],
    )
