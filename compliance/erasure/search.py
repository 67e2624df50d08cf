"""Search the tenant's schema, table by table, for anything that names a person: text in text, keyed hashes in bytes."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from tenants.scope import Scope

from ..matching import Needles
from ..registry import Person

# What an erasure keeps of somebody on purpose: keyed hashes that refuse later events or messages.
KEPT = frozenset({"compliance_suppression", "journeys_suppression", "compliance_subjectrequest"})
# The audit trail names people by pseudonyms, which mean nothing once what they stood for is gone.
PSEUDONYMOUS = frozenset({"workspace_auditrecord"})
_TEXT = ("text", "varchar", "bpchar", "json", "jsonb", "_text", "_varchar", "citext")


@dataclass
class Found:
    """`hits`: "table.column" → rows. `needles`: how many different marks were looked for."""

    tables: int = 0
    columns: int = 0
    needles: int = 0
    hits: dict[str, int] = field(default_factory=dict)


def search(scope: Scope, person: Person) -> Found:
    """One pass over every table with text or bytes. Identifiers that stand in texts by chance ("42") are not looked for.

    Numbers are not searched: rows that name a profile by its number are what the stores' own checks count.
    """
    needles = Needles.of(person)
    names = [*needles.telling, *(b.hex() for b in person.blinds)]
    texts = [*names, *(str(u) for u in person.uuids)]
    marks = [*person.blinds, *(u.bytes for u in person.uuids)]
    found = Found(needles=len(texts) + len(marks))
    for table, columns in _columns(scope.schema).items():
        if table in KEPT:
            continue
        found.tables += 1
        found.columns += len(columns)
        pattern = "|".join(map(re.escape, names if table in PSEUDONYMOUS else texts))
        for column, rows in _hits(scope.schema, table, columns, pattern, marks).items():
            found.hits[f"{table}.{column}"] = rows
    return found


def _columns(schema: str) -> dict[str, list[tuple[str, bool]]]:
    """Table → (column, whether it holds bytes); partitions are read through their parent."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, a.attname, t.typname = 'bytea'
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               JOIN pg_type t ON t.oid = a.atttypid
               WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                 AND (t.typname = ANY(%s) OR t.typname = 'bytea')
               ORDER BY 1, a.attnum""",
            [schema, list(_TEXT)],
        )
        found: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        for table, column, is_bytes in cursor.fetchall():
            found[table].append((column, is_bytes))
    return dict(found)


def _hits(
    schema: str, table: str, columns: list[tuple[str, bool]], pattern: str, marks: list[bytes]
) -> dict[str, int]:
    counts: list[str] = []
    values: list[Any] = []
    for column, is_bytes in columns:
        if is_bytes:
            # Sealed values and vectors are long; a handle or a unit is the mark itself.
            counts.append(
                f'count(*) FILTER (WHERE octet_length("{column}") = 16 AND "{column}" = ANY(%s::bytea[]))'
            )
            values.append(marks)
        else:
            counts.append(f'count(*) FILTER (WHERE "{column}"::text ~* %s)')
            values.append(pattern or "(?!)")
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {", ".join(counts)} FROM "{schema}"."{table}"', values)
        row = cursor.fetchone()
    return {column: int(n) for (column, _), n in zip(columns, row, strict=True) if n}
