"""Seal what was written since the last seal.

Which records are sealed is not told by their ids: a transaction that commits late has smaller ones than those that were
sealed before it. A trigger lists every new record in the record's own transaction; the sealer takes what the list holds.
So each record is in exactly one seal, whenever it was committed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import orjson
import structlog
from django.db import connection, transaction
from psycopg import Cursor

from tenants.signing import sign

from . import chain
from .chain import Record, Seal

log = structlog.get_logger("attune.audit")

# Records in one seal: a seal is checked in one piece.
MOST = 1000
# The operators' own trail, in the public schema.
OPERATOR = 0


def seal(schema: str, tenant_id: int, *, most: int = MOST) -> int:
    """Seal what waits in `schema`; how many records. Any number of processes may call it at once."""
    total = 0
    while count := _seal_batch(schema, tenant_id, most):
        total += count
        if count < most:
            break
    return total


def _seal_batch(schema: str, tenant_id: int, most: int) -> int:
    with transaction.atomic():
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            # One sealer at a time: the next one continues the chain.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{schema}:audit"])
            ids = _take(cursor, schema, most)
            if not ids:
                return 0
            records = {record.id: record for record in read_records(cursor, schema, ids)}
            made = _next(cursor, schema, tenant_id, ids, records)
            _insert(cursor, schema, made)
    # Logs leave the machine: a copy of the head that nobody with the database alone can change.
    log.info("audit sealed", tenant=schema, seal=made.number, records=len(ids), head=made.digest.hex())
    return len(ids)


def _take(cursor: Cursor, schema: str, most: int) -> list[int]:
    rows = cursor.execute(
        f"""DELETE FROM "{schema}".workspace_auditunsealed WHERE record_id IN (
                SELECT record_id FROM "{schema}".workspace_auditunsealed ORDER BY record_id LIMIT %s)
            RETURNING record_id""",
        [most],
    ).fetchall()
    return sorted(row[0] for row in rows)


def read_records(cursor: Cursor, schema: str, ids: Iterable[int]) -> Iterable[Record]:
    """Those of `ids` that exist, in the order of their ids."""
    rows = cursor.execute(
        f"""SELECT id, at, actor, action, target, details::text FROM "{schema}".workspace_auditrecord
            WHERE id = ANY(%s::bigint[]) ORDER BY id""",
        [list(ids)],
    ).fetchall()
    return (
        Record(number, at, actor, action, target, orjson.loads(details))
        for number, at, actor, action, target, details in rows
    )


def _next(cursor: Cursor, schema: str, tenant_id: int, ids: list[int], records: Mapping[int, Record]) -> Seal:
    row = cursor.execute(
        f'SELECT number, digest FROM "{schema}".workspace_auditseal ORDER BY number DESC LIMIT 1'
    ).fetchone()
    number, previous = (row[0] + 1, bytes(row[1])) if row else (1, chain.GENESIS)
    # Whoever removed a record before it was sealed left its number on the list: the seal says that it is missing.
    leaves = b"".join(chain.leaf(records[i]) if i in records else chain.GENESIS for i in ids)
    now = dt.datetime.now(dt.UTC)
    digest = chain.digest(number, now, ids, leaves, previous)
    signature = sign(tenant_id, chain.SIGNING_PURPOSE, digest)
    return Seal(number, now, tuple(ids), leaves, previous, digest, signature)


def _insert(cursor: Cursor, schema: str, made: Seal) -> None:
    cursor.execute(
        f"""INSERT INTO "{schema}".workspace_auditseal
                (number, sealed_at, first_id, last_id, count, record_ids, leaves, previous, digest, signature)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            made.number,
            made.sealed_at,
            made.record_ids[0],
            made.record_ids[-1],
            len(made.record_ids),
            list(made.record_ids),
            made.leaves,
            made.previous,
            made.digest,
            made.signature,
        ],
    )


def read_seals(cursor: Cursor, schema: str, after: int = 0, limit: int | None = None) -> list[Seal]:
    """Seals in their order, those with greater numbers than `after`."""
    rows = cursor.execute(
        f"""SELECT number, sealed_at, record_ids, leaves, previous, digest, signature
            FROM "{schema}".workspace_auditseal WHERE number > %s ORDER BY number LIMIT %s""",
        [after, limit],
    ).fetchall()
    return [
        Seal(number, at, tuple(ids), bytes(leaves), bytes(previous), bytes(digest), bytes(signature))
        for number, at, ids, leaves, previous, digest, signature in rows
    ]
