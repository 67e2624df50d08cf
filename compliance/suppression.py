"""Erased people stay erased: their identifiers, as blind indexes, are refused wherever a shopper could be made.

The question is always asked in SQL, in the transaction that would write. What a process remembers is never trusted:
another process may have erased somebody a moment ago.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from tenants.scope import Scope

from .names import forms


def suppressed(cursor: Any, schema: str, blinds: Collection[bytes]) -> set[bytes]:
    """Those of `blinds` (16 bytes each) that belong to erased people. One statement; none for no blinds."""
    if not blinds:
        return set()
    cursor.execute(
        f'SELECT blind FROM "{schema}".compliance_suppression WHERE blind = ANY(%s::bytea[])', [list(blinds)]
    )
    return {bytes(row[0]) for row in cursor.fetchall()}


def refused(cursor: Any, scope: Scope, names: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of `names`, (kind, value), that are an erased person's, whatever their capitals or number's spaces.

    The question that every door asks before it makes a shopper or an identifier. One statement.
    """
    asked = {name: forms(scope.tenant_id, *name) for name in names}
    erased = suppressed(cursor, scope.schema, set().union(*asked.values()))
    return {name for name, hashes in asked.items() if hashes & erased} if erased else set()


def suppress(
    cursor: Any, schema: str, blinds: Iterable[bytes], *, request_id: uuid.UUID, reason: str = "erasure"
) -> int:
    """Refuse these identifiers from the caller's commit on; how many are suppressed for this request now."""
    cursor.execute(
        f"""INSERT INTO "{schema}".compliance_suppression (blind, since, reason, request_id)
            SELECT DISTINCT blind, now(), %s, %s::uuid FROM unnest(%s::bytea[]) AS t(blind) ORDER BY blind
            ON CONFLICT (blind) DO NOTHING""",
        [reason, request_id, list(blinds)],
    )
    cursor.execute(
        f'SELECT count(*) FROM "{schema}".compliance_suppression WHERE request_id = %s', [request_id]
    )
    return int(cursor.fetchone()[0])


def lift(cursor: Any, schema: str, *, request_id: uuid.UUID) -> int:
    """Accept the identifiers of one erasure again, because the person came back; how many there were."""
    cursor.execute(f'DELETE FROM "{schema}".compliance_suppression WHERE request_id = %s', [request_id])
    return int(cursor.rowcount)
