"""Stored events of somebody else that named an erased person: sealed again without that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import Cursor

from compliance.names import without
from tenants import vault
from tenants.crypto import seal, unseal
from tenants.scope import Scope

from .claim import Claimed

_IDS = ("anonymousId", "previousId")


def scrub(cursor: Cursor, scope: Scope, events: Sequence[tuple[Claimed, set[str]]], texts: set[str]) -> None:
    """Write each event again without its own ids in the set beside it, and its traits without `texts`."""
    if not events:
        return
    keys = vault.existing_person_keys(scope.tenant_id, {event.handle for event, _ in events})
    rows = []
    for event, ids in events:
        stored = msgspec.json.decode(unseal(keys[event.handle], event.payload))
        _clean(stored["event"], ids, texts)
        _clean(stored, set(), texts)
        rows.append((seal(keys[event.handle], msgspec.json.encode(stored)), event.received_at, event.id))
    cursor.executemany(
        f'UPDATE "{scope.schema}".profiles_event SET payload = %s WHERE received_at = %s AND id = %s', rows
    )


def _clean(part: dict[str, Any], ids: set[str], texts: set[str]) -> None:
    for name in _IDS:
        if name in part and str(part[name]).strip() in ids:
            del part[name]
    for holder in (part, part.get("context")):
        if isinstance(holder, dict) and holder.get("traits"):
            holder["traits"] = without(holder["traits"], texts)
