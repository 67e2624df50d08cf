"""The names that events come with, noted once, so that authors can choose them."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from django.db import transaction
from psycopg import Cursor

MOST = 2_000
LONGEST = 120
_known: dict[str, set[str]] = {}
_lock = threading.Lock()


def note(cursor: Cursor, schema: str, names: Iterable[str]) -> None:
    """Keep names that this process has not seen yet; no statement when there is none."""
    known = _known.get(schema, set())
    fresh = sorted({name[:LONGEST].replace("\x00", "") for name in names if name} - known)
    if not fresh or len(known) > MOST:
        return
    cursor.execute(
        f"""INSERT INTO "{schema}".journeys_eventname (name, first_seen_at)
            SELECT name, now() FROM unnest(%b::text[]) AS t(name)
            WHERE (SELECT count(*) FROM "{schema}".journeys_eventname) < %b ON CONFLICT DO NOTHING""",
        [fresh, MOST],
    )

    def remember() -> None:
        with _lock:
            _known.setdefault(schema, set()).update(fresh)

    transaction.on_commit(remember)


def forget() -> None:
    with _lock:
        _known.clear()
