"""Suggestions of the segment builder: items, categories, brands, and the values that a feature has in this shop."""

from __future__ import annotations

from django.db import connection
from psycopg import Cursor

from catalog.suggest import SHOWN, suggest

from ..segments.build import Build
from ..segments.compiler import these
from ..segments.features import COLUMNS
from ..segments.moments import today

# So many of the shoppers seen last are asked.
ASKED = 2_000
_FEATURE = "feature-"


def find(schema: str, kind: str, text: str, known: list[str]) -> list[dict[str, str]]:
    """[{value, label, hint}]."""
    if not kind.startswith(_FEATURE):
        return suggest(kind, text, known)
    column = COLUMNS.get(kind.removeprefix(_FEATURE))
    if column is None or column.kind == "number":
        return []
    build = Build(schema, these([]).sql, str)
    value = f"top.name FROM p, LATERAL ({column.sql(build)}) AS top"
    if column.kind == "text":
        value = f"{column.sql(build)} AS name FROM p"
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        rows = cursor.execute(
            f"""WITH p AS (SELECT features, counters FROM "{schema}".profiles_profile
                    ORDER BY last_seen_at DESC LIMIT {ASKED}),
                     said AS (SELECT {value})
                SELECT name, count(*) FROM said WHERE name IS NOT NULL AND strpos(lower(name), lower(%(text)s)) > 0
                GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {SHOWN}""",  # type: ignore[arg-type]
            {"text": text, "today": today()},
        ).fetchall()
    return [{"value": name, "label": name, "hint": ""} for name, _ in rows]
