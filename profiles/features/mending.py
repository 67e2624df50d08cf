"""Rows of the online store that can't be read, made anew from what happened: at night, before features are measured.

Until then whoever reads them computes on the fly (features.fallback); a row is never thought empty because it is damaged.
"""

from __future__ import annotations

import structlog
from django.db import connection, transaction
from psycopg import Cursor

from tenants.scope import Scope

log = structlog.get_logger("attune.features")

_PORTION = 50
# Of one night: more than that is no accident, and somebody should look.
MOST = 100_000
_BROKEN = """(jsonb_typeof(p.features) <> 'object' OR jsonb_typeof(p.counters) <> 'object'
    OR jsonb_typeof(p.computed) <> 'object'
    OR (p.features = '{}' AND p.counters = '{}' AND p.version > 0 AND EXISTS (
        SELECT 1 FROM "{schema}".profiles_interaction i WHERE i.profile_id = p.id)))"""


def mend(scope: Scope) -> int:
    """Rebuild the damaged rows of the tenant; how many. Running it again finds none."""
    from ..identity.rebuild import rebuild

    connection.ensure_connection()
    done, last = 0, 0
    broken = _BROKEN.replace("{schema}", scope.schema)
    with Cursor(connection.connection) as cursor:
        while done < MOST:
            rows = cursor.execute(
                f"""SELECT p.id FROM "{scope.schema}".profiles_profile p
                    WHERE p.id > %s AND {broken} ORDER BY p.id LIMIT {_PORTION}""",  # type: ignore[arg-type]
                [last],
            ).fetchall()
            if not rows:
                break
            with transaction.atomic():
                rebuild(cursor, scope, [row[0] for row in rows])
            last = rows[-1][0]
            done += len(rows)
    if done:
        log.warning("damaged rows of features made anew", tenant=scope.schema, shoppers=done)
    return done
