"""Suggestions of the segment builder: items, categories, brands, and the values that a feature has in this shop."""

from __future__ import annotations

from django.db import connection
from psycopg import Cursor

from catalog.suggest import SHOWN, suggest

from ..days import calendar_of
from ..segments.build import Build
from ..segments.compiler import these
from ..segments.features import COLUMNS
from ..segments.moments import today
from ..segments.stock import read_stock
from ..traits.columns import value_sql

# So many of the shoppers seen last are asked.
ASKED = 2_000
_FEATURE = "feature-"
_TRAIT = "trait-"


def find(schema: str, kind: str, text: str, known: list[str]) -> list[dict[str, str]]:
    """[{value, label, hint}]."""
    if not kind.startswith((_FEATURE, _TRAIT)):
        return suggest(kind, text, known)
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        build = _build(schema)
        source = _source(cursor, build, kind)
        if source is None:
            return []
        value = f"top.name FROM p, LATERAL ({source[1]}) AS top"
        if source[0] == "text":
            value = f"{source[1]} AS name FROM p"
        rows = cursor.execute(
            f"""WITH p AS (SELECT features, counters, computed FROM "{schema}".profiles_profile
                    ORDER BY last_seen_at DESC LIMIT {ASKED}),
                     said AS (SELECT {value})
                SELECT name, count(*) FROM said WHERE name IS NOT NULL AND strpos(lower(name), lower(%(text)s)) > 0
                GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {SHOWN}""",  # type: ignore[arg-type]
            {"text": text, **build.params},
        ).fetchall()
    return [{"value": name, "label": name, "hint": ""} for name, _ in rows]


def _build(schema: str) -> Build:
    days = calendar_of(schema)
    return Build(schema, these([]).sql, str, {"today": today(days)}, calendar=days)


def _source(cursor: Cursor, build: Build, kind: str) -> tuple[str, str] | None:
    """("text" or "names", SQL) of a feature or a computed trait; None for what has no values to choose from."""
    if kind.startswith(_FEATURE):
        column = COLUMNS.get(kind.removeprefix(_FEATURE))
        if column is None:
            return None
        found: tuple[str, str] = (column.kind, column.sql(build))
    else:
        stored = read_stock(cursor, build.schema).traits.get(kind.removeprefix(_TRAIT))
        if stored is None:
            return None
        found = (stored.measure.kind, value_sql(stored.measure, stored.key, build.today, start=build.start))
    return found if found[0] in ("text", "names") else None
