"""Which identifiers belong to shoppers who refuse to be observed."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import Cursor

from compliance.consent import default_sql


def refusing(cursor: Cursor, schema: str, handles: Iterable[bytes]) -> set[bytes]:
    """Those of `handles` (blind indexes) whose shopper refuses analytics; one query."""
    rows = cursor.execute(
        f"""SELECT i.blind FROM "{schema}".profiles_identifier i
            LEFT JOIN "{schema}".compliance_consent c
                ON c.profile_id = i.profile_id AND c.purpose = 'analytics' AND c.channel = ''
            WHERE i.blind = ANY(%b::bytea[]) AND NOT coalesce(c.granted, {default_sql("analytics").replace("%s", "%b")})""",
        [list(handles), schema],
        binary=True,
    ).fetchall()
    return {bytes(blind) for (blind,) in rows}
