"""A schema's whole trail: checked in steps, each short enough for a web request."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from django.db import connection
from psycopg import Cursor

from tenants.signing import public_key

from .chain import SIGNING_PURPOSE, Record
from .checking import Check, check_seals, finish
from .sealing import read_records, read_seals

SEALS_AT_ONCE = 50


def advance(
    schema: str,
    tenant_id: int,
    before: Check,
    *,
    seconds: float | None = None,
    head: tuple[int, str] | None = None,
) -> tuple[Check, bool]:
    """Carry a check on for about `seconds` (None: to its end); (the check so far, whether it is complete).

    `head`: number and hexadecimal digest of a seal that was noted elsewhere.
    """
    key = public_key(tenant_id, SIGNING_PURPOSE)
    deadline = None if seconds is None else time.monotonic() + seconds
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:

        def read(ids: Sequence[int]) -> Mapping[int, Record]:
            return {record.id: record for record in read_records(cursor, schema, ids)}

        check = before
        while seals := read_seals(cursor, schema, check.head[0], SEALS_AT_ONCE):
            check = check_seals(check, seals, read, key)
            if deadline is not None and time.monotonic() > deadline:
                return check, False
        return (
            finish(
                check,
                _unsealed(cursor, schema),
                _waiting(cursor, schema),
                expected_head=head,
                head_digest=lambda number: _digest_of(cursor, schema, number),
            ),
            True,
        )


def check(schema: str, tenant_id: int, *, head: tuple[int, str] | None = None) -> Check:
    """The whole trail at once."""
    return advance(schema, tenant_id, Check(), head=head)[0]


def _unsealed(cursor: Cursor, schema: str) -> list[int]:
    rows = cursor.execute(
        f"""SELECT id FROM "{schema}".workspace_auditrecord
            EXCEPT SELECT unnest(record_ids) FROM "{schema}".workspace_auditseal ORDER BY 1"""
    ).fetchall()
    return [row[0] for row in rows]


def _waiting(cursor: Cursor, schema: str) -> list[int]:
    rows = cursor.execute(f'SELECT record_id FROM "{schema}".workspace_auditunsealed').fetchall()
    return [row[0] for row in rows]


def _digest_of(cursor: Cursor, schema: str, number: int) -> bytes | None:
    row = cursor.execute(
        f'SELECT digest FROM "{schema}".workspace_auditseal WHERE number = %s', [number]
    ).fetchone()
    return bytes(row[0]) if row else None
