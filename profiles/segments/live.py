"""The definitions that hold now, read so that nobody is judged by an old one.

Writers of membership take a shared lock until their transaction ends; who changes a definition takes it alone. So a
change waits for the batches in flight, and every batch after that judges by the new definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from psycopg import Cursor


@dataclass(frozen=True, eq=False)
class Live:
    """A live segment as a batch needs it. `computed`: everybody has been judged by this definition."""

    id: int
    key: str
    revision: int
    definition: Any
    computed: bool = True


def hold_definitions(cursor: Cursor, schema: str) -> None:
    """No definition changes until the caller's transaction ends."""
    cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s), 0)", [f"{schema}:segments"])


def change_definitions(cursor: Any, schema: str) -> None:
    """Wait for the batches in flight; those that begin later wait for the caller's transaction."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), 0)", [f"{schema}:segments"])


def live_segments(cursor: Cursor, schema: str) -> tuple[list[Live], dict[str, Any]]:
    """The live segments, and the documents of all that may be used by one. Read after `hold_definitions`."""
    rows = cursor.execute(
        f"""SELECT id, key, revision, definition::text, status, computed_revision >= revision
            FROM "{schema}".profiles_segment
            WHERE status <> 'archived' AND EXISTS (
                SELECT 1 FROM "{schema}".profiles_segment WHERE status = 'live') ORDER BY id"""
    ).fetchall()
    # Django's connections leave JSON as text.
    documents = {key: orjson.loads(definition) for _, key, _, definition, *_ in rows}
    live = [
        Live(i, key, revision, documents[key], computed)
        for i, key, revision, _, status, computed in rows
        if status == "live"
    ]
    return live, documents


def read_documents(cursor: Cursor, schema: str) -> dict[str, Any]:
    """Definitions of all segments by key."""
    rows = cursor.execute(f'SELECT key, definition::text FROM "{schema}".profiles_segment').fetchall()
    return {key: orjson.loads(definition) for key, definition in rows}
