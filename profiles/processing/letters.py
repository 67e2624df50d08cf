"""Events that were accepted and can't be processed: kept with the reason, out of the way of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Cursor

from compliance.redaction import redact_patterns
from tenants.scope import Scope

from ..arrivals.names import shown_name
from ..arrivals.orders import release
from ..ingest.wire import TYPES
from ..refusals import refusing
from .claim import Claimed
from .write import delete_events

_TYPE_NAMES = {number: name for name, number in TYPES.items()}


@dataclass(slots=True)
class Failure:
    event: Claimed
    reason: str
    detail: str
    name: str = ""


def keep(cursor: Cursor, scope: Scope, failures: Sequence[Failure]) -> None:
    """Write dead letters in the caller's transaction; the payload stays sealed as it was.

    What shoppers who refuse analytics did is not kept, broken or not.
    """
    if not failures:
        return
    release(cursor, scope.schema, [f.event.message_key for f in failures])
    refused = refusing(cursor, scope.schema, {f.event.handle for f in failures})
    delete_events(cursor, scope.schema, [f.event for f in failures if f.event.handle in refused])
    failures = [f for f in failures if f.event.handle not in refused]
    cursor.executemany(
        f"""INSERT INTO "{scope.schema}".profiles_deadletter
                (received_at, reason, detail, handle, payload, status, type, key_kind, message_key, attempts,
                 event, path, source)
            VALUES (%s, %s, %s, %s, %s, 'open', %s, %s, %s, %s, %s, '', 'worker')""",
        [
            (
                f.event.received_at,
                f.reason,
                redact_patterns(f.detail[:2000]).text.replace("\x00", ""),
                f.event.handle,
                f.event.payload,
                _TYPE_NAMES.get(f.event.type, ""),
                f.event.key_kind,
                f.event.message_key,
                f.event.attempts + 1,
                shown_name(f.name) if f.event.type == TYPES["track"] else "",
            )
            for f in failures
        ],
    )
