"""Event names and their properties, noted once, so that they can be chosen where measures and segments are built."""

from __future__ import annotations

import threading
from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from django.db import transaction
from psycopg import Cursor

from .texts import day_of

if TYPE_CHECKING:
    from ..processing.decode import Occurrence

MOST_EVENTS = 1_000
MOST_PROPERTIES = 80
LONGEST = 120
_known: dict[str, dict[str, set[str]]] = {}
_lock = threading.Lock()


def note_seen(cursor: Cursor, schema: str, events: Sequence[Occurrence]) -> None:
    """Keep names and paths of properties that this process has not seen yet; no statement when there is none.

    Names of properties and what they are, never their values.
    """
    known = _known.get(schema, {})
    fresh: dict[str, tuple[str, dict[str, str]]] = {}
    for event in events:
        shown = event.name.replace("\x00", "").strip()[:LONGEST] if event.type == 2 else ""
        if not shown:
            continue
        name = shown.lower()
        seen = known.get(name)
        paths = dict(paths_of(event.properties, without=seen or frozenset()))
        if seen is None or (paths and len(seen) < MOST_PROPERTIES):
            fresh.setdefault(name, (shown, {}))[1].update(paths)
    if not fresh or len(known) >= MOST_EVENTS:
        return
    names = sorted(fresh)
    # What is written first stays: neither a name's spelling nor a property's kind changes under who uses it.
    cursor.execute(
        f"""INSERT INTO "{schema}".profiles_seenevent AS s (name, shown, properties, first_seen_at)
            SELECT name, shown, properties::jsonb, now() FROM unnest(%b::text[], %b::text[], %b::text[])
                AS t(name, shown, properties)
            WHERE (SELECT count(*) FROM "{schema}".profiles_seenevent) < {MOST_EVENTS}
            ON CONFLICT (name) DO UPDATE SET properties = EXCLUDED.properties || s.properties
            WHERE (SELECT count(*) FROM jsonb_object_keys(s.properties)) < {MOST_PROPERTIES}
                AND NOT s.properties @> EXCLUDED.properties""",
        [
            names,
            [fresh[n][0] for n in names],
            [orjson.dumps(dict(list(fresh[n][1].items())[:MOST_PROPERTIES])).decode() for n in names],
        ],
    )

    def remember() -> None:
        with _lock:
            mine = _known.setdefault(schema, {})
            for name, (_, paths) in fresh.items():
                mine.setdefault(name, set()).update(paths)

    transaction.on_commit(remember)


def paths_of(
    document: dict[str, Any], before: str = "", depth: int = 0, without: Container[str] = frozenset()
) -> Iterable[tuple[str, str]]:
    """("products.category", "text") of every value of a document, two levels deep, lists looked into.

    Paths in `without` are left out before anybody looks at what they hold.
    """
    for name, value in document.items():
        path = f"{before}{name}".replace("\x00", "")
        if len(path) > LONGEST or "." in name:
            continue
        if isinstance(value, list):
            lines = [one for one in value[:5] if isinstance(one, dict)]
            if not lines and value and path not in without:
                yield path, "text"
            for line in lines if depth < 2 else []:
                yield from paths_of(line, f"{path}.", depth + 1, without)
        elif isinstance(value, dict):
            if depth < 2:
                yield from paths_of(value, f"{path}.", depth + 1, without)
        elif path in without:
            continue
        elif isinstance(value, bool | str):
            yield path, "date" if day_of(value) else "text"
        elif value is not None:
            yield path, "number"


def forget() -> None:
    with _lock:
        _known.clear()
