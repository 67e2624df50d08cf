"""What segments remember is forgotten after a while: stays that ended, and sizes of days long past."""

from __future__ import annotations

from django.db import connection

KEEP_DAYS = 400
_PORTION = 50_000


def forget_old(schema: str) -> int:
    """How many rows. In portions, each its own transaction outside of one."""
    gone = 0
    with connection.cursor() as cursor:
        for table, column in (("profiles_segmentstay", "left_at"), ("profiles_segmentday", "day")):
            old = f"{column} < now() - interval '{KEEP_DAYS} days'"
            while True:
                cursor.execute(
                    f"""DELETE FROM "{schema}".{table} WHERE ctid = ANY(ARRAY(
                            SELECT ctid FROM "{schema}".{table} WHERE {old} LIMIT {_PORTION}))"""
                )
                gone += cursor.rowcount
                if cursor.rowcount < _PORTION:
                    break
    return gone
