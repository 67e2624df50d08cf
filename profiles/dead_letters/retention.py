"""Letters that nobody needs any more: settled ones after a month, open ones after a quarter."""

from __future__ import annotations

from django.db import connection

SETTLED_DAYS = 30
OPEN_DAYS = 90
PORTION = 2_000


def forget_old(schema: str) -> int:
    """Delete them in portions; how many. Keys stay: an event that arrives now may be sealed with one."""
    deleted = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""WITH old AS (
                        SELECT id FROM "{schema}".profiles_deadletter
                        WHERE (status = 'open' AND received_at < now() - interval '{OPEN_DAYS} days')
                           OR (status <> 'open' AND coalesce(settled_at, received_at)
                               < now() - interval '{SETTLED_DAYS} days')
                        LIMIT {PORTION}
                    )
                    DELETE FROM "{schema}".profiles_deadletter d USING old WHERE d.id = old.id"""
            )
            deleted += cursor.rowcount
            if cursor.rowcount < PORTION:
                return deleted
