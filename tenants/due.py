"""Which tenants have work waiting, without asking each schema.

The transaction that creates work also writes a row (queue, second, tenant). Rows of one second collide on purpose
and cost nothing (DO NOTHING takes no lock). A row may only be forgotten once no transaction that relied on it can
still be open: transactions that write work end within `LONGEST_TRANSACTION`, so a worker looks at a tenant until
its newest row is older than that, and deletes only rows older still. Nothing is woken late, nothing is lost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection

LONGEST_TRANSACTION = dt.timedelta(seconds=15)


def mark_due(cursor: Any, tenant_id: int, queue: str, at: dt.datetime | None = None) -> None:
    """Say, inside the caller's transaction, that `queue` of this tenant has work at `at` (default: now)."""
    cursor.execute(
        """INSERT INTO public.tenants_due (tenant_id, queue, at)
           VALUES (%s, %s, date_trunc('second', coalesce(%s::timestamptz, now()))) ON CONFLICT DO NOTHING""",
        [tenant_id, queue, at],
    )


def mark_due_at(cursor: Any, tenant_id: int, queue: str, moments: Iterable[dt.datetime]) -> None:
    """`mark_due` for many moments at once, in one statement; moments of one second are one row."""
    seconds = sorted({int(moment.timestamp()) for moment in moments})
    if seconds:
        cursor.execute(
            """INSERT INTO public.tenants_due (tenant_id, queue, at)
               SELECT %s, %s, to_timestamp(second) FROM unnest(%s::bigint[]) AS t(second) ON CONFLICT DO NOTHING""",
            [tenant_id, queue, seconds],
        )


def due_tenants(queue: str) -> list[tuple[int, str]]:
    """(tenant id, schema) of every tenant whose `queue` may have work now, longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT t.id, t.schema_name FROM public.tenants_due d JOIN public.tenants_tenant t ON t.id = d.tenant_id
               WHERE d.queue = %s AND d.at <= now() GROUP BY t.id ORDER BY min(d.at)""",
            [queue],
        )
        return list(cursor.fetchall())


def due_queues() -> set[str]:
    """The queues in which any tenant may have work now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT queue FROM public.tenants_due WHERE at <= now()")
        return {queue for (queue,) in cursor.fetchall()}


def forget_done(tenant_id: int, queue: str) -> int:
    """Delete the rows that no open transaction can rely on; call it after finding no work."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM public.tenants_due WHERE tenant_id = %s AND queue = %s AND at < now() - make_interval(secs => %s)",
            [tenant_id, queue, (LONGEST_TRANSACTION * 2).total_seconds()],
        )
        return cursor.rowcount
