"""What the operator sees of a tenant: figures from its schema, cheap enough for a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from ..models import Due, Tenant

LATE_SECONDS = 30


@dataclass(frozen=True)
class Figures:
    """Counts are the planner's estimates where tables are large; `state` is "good", "warn" or "bad"."""

    profiles: int
    items: int
    interactions: int
    bytes: int
    state: str
    said: str


def figures(tenants: Iterable[Tenant]) -> dict[int, Figures]:
    """Two statements for any number of tenants: nothing is read from their own tables."""
    tenants = list(tenants)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT n.nspname,
                      coalesce(sum(greatest(s.n_live_tup, 0)) FILTER (WHERE c.relname = 'profiles_profile'), 0),
                      coalesce(sum(greatest(s.n_live_tup, 0)) FILTER (WHERE c.relname = 'catalog_item'), 0),
                      coalesce(sum(greatest(s.n_live_tup, 0)) FILTER (WHERE c.relname = 'profiles_interaction'), 0),
                      coalesce(sum(pg_total_relation_size(c.oid)), 0)
               FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r'
               LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
               WHERE n.nspname = ANY(%s) GROUP BY 1""",
            [[tenant.schema_name for tenant in tenants]],
        )
        found = {name: numbers for name, *numbers in cursor.fetchall()}
    oldest: dict[int, float] = {}
    now = timezone.now()
    for due in Due.objects.filter(tenant__in=tenants, at__lte=now).only("tenant_id", "at"):
        waited = (now - due.at).total_seconds()
        oldest[due.tenant_id] = max(oldest.get(due.tenant_id, 0), waited)
    return {t.pk: _of(t, found.get(t.schema_name), oldest.get(t.pk)) for t in tenants}


def _of(tenant: Tenant, numbers: list[int] | None, waited: float | None) -> Figures:
    if numbers is None:
        return Figures(0, 0, 0, 0, "bad", "Its schema is missing")
    profiles, items, interactions, size = (int(number) for number in numbers)
    state, said = "good", "Fine"
    if tenant.status != Tenant.Status.ACTIVE:
        state, said = "warn", "Not answering"
    elif waited is not None and waited > LATE_SECONDS:
        state, said = "bad", f"Work waits for {waited:,.0f} s"
    return Figures(profiles, items, interactions, size, state, said)


def contents(tenant: Tenant) -> list[tuple[str, int]]:
    """What offboarding would delete: exact rows per table that holds any, most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1""",
            [tenant.schema_name],
        )
        tables = [row[0] for row in cursor.fetchall()]
        rows = []
        for table in tables:
            quoted = f"{connection.ops.quote_name(tenant.schema_name)}.{connection.ops.quote_name(table)}"
            cursor.execute(f"SELECT count(*) FROM {quoted}")
            rows.append((table, cursor.fetchone()[0]))
        cursor.execute("SELECT count(*) FROM public.tenants_personkey WHERE tenant_id = %s", [tenant.pk])
        rows.append(("keys of persons", cursor.fetchone()[0]))
        cursor.execute("SELECT count(*) FROM public.tenants_apikey WHERE tenant_id = %s", [tenant.pk])
        rows.append(("API keys", cursor.fetchone()[0]))
    skipped = ("django_migrations", "django_content_type", "auth_permission", "auth_group_permissions")
    return sorted(((_words(t), n) for t, n in rows if n and t not in skipped), key=lambda row: -row[1])


def _words(table: str) -> str:
    return table.replace("_", " · ", 1).replace("_", " ").capitalize()
