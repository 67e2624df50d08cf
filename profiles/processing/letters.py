"""Events that were accepted and can't be processed: kept with the reason, out of the way of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Cursor

from tenants.scope import Scope

from ..ingest.wire import TYPES
from .claim import Claimed

_TYPE_NAMES = {number: name for name, number in TYPES.items()}


@dataclass(slots=True)
class Failure:
    event: Claimed
    reason: str
    detail: str


def keep(cursor: Cursor, scope: Scope, failures: Sequence[Failure]) -> None:
    """Write dead letters in the caller's transaction; the payload stays sealed as it was."""
    if not failures:
        return
    cursor.executemany(
        f"""INSERT INTO "{scope.schema}".profiles_deadletter
                (received_at, reason, detail, handle, payload, status, type, key_kind, message_key, attempts)
            VALUES (%s, %s, %s, %s, %s, 'open', %s, %s, %s, %s)""",
        [
            (
                f.event.received_at,
                f.reason,
                f.detail[:2000].replace("\x00", ""),
                f.event.handle,
                f.event.payload,
                _TYPE_NAMES.get(f.event.type, ""),
                f.event.key_kind,
                f.event.message_key,
                f.event.attempts + 1,
            )
            for f in failures
        ],
    )
