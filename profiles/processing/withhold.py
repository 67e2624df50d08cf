"""Events of erased people that were on their way: they are dropped, and nothing of them stays."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from psycopg import Cursor

from compliance.suppression import suppressed
from tenants.scope import Scope

from .claim import Claimed
from .decode import Decoded, Occurrence

log = structlog.get_logger("attune.processing")


def withhold(cursor: Cursor, scope: Scope, decoded: Decoded) -> Decoded:
    """`decoded` without what names an erased person; that is deleted in the caller's transaction.

    An event counts for its user, or for its visitor when it names no user. If that is an erased person, the event goes.
    An event of somebody else that also names one of an erased person's identifiers loses only that name.
    """
    named = {b for e in decoded.events for b in (e.user, e.anonymous, e.previous, e.previous_user) if b}
    erased = suppressed(cursor, scope.schema, named)
    gone = list(decoded.forgotten)
    if erased:
        kept = []
        for event in decoded.events:
            if (event.user or event.anonymous) in erased:
                gone.append(event.claimed)
            else:
                _unname(event, erased)
                kept.append(event)
        decoded.events = kept
    if gone:
        _delete(cursor, scope.schema, gone)
        log.info("events of erased people dropped", events=len(gone))
    return decoded


def _unname(event: Occurrence, erased: set[bytes]) -> None:
    if event.anonymous in erased:
        event.anonymous = None
    if event.previous in erased:
        event.previous = None
    if event.previous_user in erased:
        event.previous_user = None
    for blind in erased & event.values.keys():
        del event.values[blind]


def _delete(cursor: Cursor, schema: str, events: Sequence[Claimed]) -> None:
    cursor.execute(
        f"""WITH gone AS (
                DELETE FROM "{schema}".profiles_event e USING unnest(%s::timestamptz[], %s::bigint[]) AS t(received_at, id)
                WHERE e.received_at = t.received_at AND e.id = t.id RETURNING message_key)
            DELETE FROM "{schema}".profiles_messagekey WHERE key IN (SELECT message_key FROM gone)""",
        [[e.received_at for e in events], [e.id for e in events]],
    )
