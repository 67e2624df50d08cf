"""Months of events as partitions, made ahead of time; message ids for 28 days."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

MONTHS_AHEAD = 3
KEY_DAYS = 28


def make_ahead(schema: str, today: dt.date | None = None) -> int:
    """Partitions for this month and the next three that don't exist yet; how many were made.

    Events that the default partition already holds for such a month move into it.
    """
    today = today or dt.datetime.now(dt.UTC).date()
    return sum(_make(schema, _month(today, ahead)) for ahead in range(MONTHS_AHEAD + 1))


def _month(day: dt.date, ahead: int) -> dt.date:
    months = day.year * 12 + day.month - 1 + ahead
    return dt.date(months // 12, months % 12 + 1, 1)


def _make(schema: str, first: dt.date) -> bool:
    name, end = f"profiles_event_{first:%Y_%m}", _month(first, 1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f'"{schema}"."{name}"'])
        if cursor.fetchone()[0]:
            return False
        parent, default = f'"{schema}".profiles_event', f'"{schema}".profiles_event_default'
        span = [f"{first} 00:00+00", f"{end} 00:00+00"]
        # Short: an open request is waited for, and new ones wait, only as long as the month's rows take to move.
        cursor.execute("SET LOCAL lock_timeout = '3s'")
        cursor.execute(f"LOCK TABLE {parent} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            f'CREATE TABLE "{schema}"."{name}" (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)'
        )
        cursor.execute(f'ALTER TABLE "{schema}"."{name}" ALTER COLUMN payload SET STORAGE EXTERNAL')
        cursor.execute(
            f"""WITH moved AS (DELETE FROM {default} WHERE received_at >= %s AND received_at < %s RETURNING *)
                INSERT INTO "{schema}"."{name}" SELECT * FROM moved""",
            span,
        )
        cursor.execute(
            f"""ALTER TABLE {parent} ATTACH PARTITION "{schema}"."{name}" FOR VALUES FROM (%s) TO (%s)""",
            span,
        )
    return True


def forget_message_keys(schema: str, today: dt.date | None = None) -> int:
    """Delete message ids received more than 28 days ago; how many. In portions, so that ingest never waits long."""
    before = (today or dt.datetime.now(dt.UTC).date()) - dt.timedelta(days=KEY_DAYS)
    deleted = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""DELETE FROM "{schema}".profiles_messagekey WHERE key IN (
                        SELECT key FROM "{schema}".profiles_messagekey WHERE received_on < %s LIMIT 20000)""",
                [before],
            )
            deleted += cursor.rowcount
            if cursor.rowcount < 20_000:
                return deleted
