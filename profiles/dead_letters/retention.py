"""Letters that nobody needs any more: settled ones after a month, open ones after a quarter."""

from __future__ import annotations

from django.db import connection

SETTLED_DAYS = 30
OPEN_DAYS = 90
PORTION = 2_000
_OLD = """(status = 'open' AND received_at < now() - make_interval(days => %s)
    OR status <> 'open' AND coalesce(settled_at, received_at) < now() - make_interval(days => %s))"""


def forget_old(schema: str, open_days: int = OPEN_DAYS) -> int:
    """Delete them in portions; how many. Keys stay: an event that arrives now may be sealed with one.

    `open_days`: after how many days open ones go; settled ones never stay longer.
    """
    deleted = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""WITH old AS (
                        SELECT id FROM "{schema}".profiles_deadletter WHERE {_OLD} LIMIT {PORTION}
                    )
                    DELETE FROM "{schema}".profiles_deadletter d USING old WHERE d.id = old.id""",
                _days(open_days),
            )
            deleted += cursor.rowcount
            if cursor.rowcount < PORTION:
                return deleted


def count_old(schema: str, open_days: int = OPEN_DAYS) -> int:
    """How many `forget_old` would delete now."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{schema}".profiles_deadletter WHERE {_OLD}', _days(open_days))
        return int(cursor.fetchone()[0])


def _days(open_days: int) -> list[int]:
    return [open_days, min(open_days, SETTLED_DAYS)]
