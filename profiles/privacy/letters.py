"""Dead letters: those sealed for the person, and those that name the person without having been sealed for anybody.

An event that could not be read was kept under a random handle. The only way to find whose it is, is to open it; dead
letters are few, and a bound says so when they are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from django.db import connection, transaction

from compliance.matching import Needles
from compliance.registry import Person
from tenants import vault
from tenants.crypto import Unreadable, unseal

PORTION = 500
MOST_OPENED = 100_000


def export(person: Person) -> Iterator[dict[str, Any]]:
    for _, _, received_at, reason, detail, raw in _letters(person):
        yield {
            "received_at": received_at.isoformat(),
            "reason": reason,
            "detail": detail,
            "event": _readable(raw),
        }


def erase(person: Person) -> int:
    """Delete the letters, their message ids, and the keys of those that were sealed for nobody."""
    schema = person.scope.schema
    deleted = 0
    found = [(row[0], row[1]) for row in _letters(person)]
    for start in range(0, len(found), PORTION):
        part = found[start : start + PORTION]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"""WITH gone AS (
                        DELETE FROM "{schema}".profiles_deadletter WHERE id = ANY(%s) RETURNING message_key
                    ), ids AS (
                        DELETE FROM "{schema}".profiles_messagekey WHERE key IN (SELECT message_key FROM gone)
                    )
                    SELECT count(*) FROM gone""",
                [[letter for letter, _ in part]],
            )
            deleted += int(cursor.fetchone()[0])
            cursor.execute(
                f"""SELECT h FROM unnest(%s::bytea[]) AS t(h)
                    WHERE NOT EXISTS (SELECT 1 FROM "{schema}".profiles_identifier i WHERE i.blind = h)
                      AND NOT EXISTS (SELECT 1 FROM "{schema}".profiles_deadletter d WHERE d.handle = h)""",
                [[handle for _, handle in part]],
            )
            ownerless = [bytes(row[0]) for row in cursor.fetchall()]
            vault.destroy_person_keys(person.scope.tenant_id, set(ownerless) - set(person.blinds))
    return deleted


def verify(person: Person) -> int:
    return sum(1 for _ in _letters(person))


def note(person: Person) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{person.scope.schema}".profiles_deadletter')
        total = int(cursor.fetchone()[0])
    if total <= MOST_OPENED:
        return ""
    return f"The newest {MOST_OPENED:,} of {total:,} dead letters were opened and searched."


Letter = tuple[int, bytes, Any, str, str, bytes | None]


def _letters(person: Person) -> Iterator[Letter]:
    """(id, handle, received, reason, detail, raw event) of those that are the person's or name the person."""
    needles = Needles.of(person)
    own = set(person.blinds)
    before, seen = None, 0
    while seen < MOST_OPENED:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT id, handle, payload, received_at, reason, detail FROM "{person.scope.schema}".profiles_deadletter
                    WHERE %s::bigint IS NULL OR id < %s ORDER BY id DESC LIMIT {PORTION}""",
                [before, before],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        before, seen = rows[-1][0], seen + len(rows)
        keys = vault.existing_person_keys(person.scope.tenant_id, {bytes(row[1]) for row in rows})
        for letter, handle, payload, received_at, reason, detail in rows:
            raw = _unsealed(keys.get(bytes(handle)), payload)
            if bytes(handle) in own or needles.in_text(detail) or (raw is not None and needles.in_json(raw)):
                yield letter, bytes(handle), received_at, reason, detail, raw


def _unsealed(key: bytes | None, payload: Any) -> bytes | None:
    if key is None:
        return None
    try:
        return unseal(key, bytes(payload))
    except Unreadable:
        return None


def _readable(raw: bytes | None) -> Any:
    if raw is None:
        return None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw.decode(errors="replace")
