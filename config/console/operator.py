"""The operator's first page: all tenants in a few numbers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tenants.admin.overview import figures
from tenants.models import Domain, Tenant

from .dashboard.health import valkey

SHOWN = 50


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    tenants = list(Tenant.objects.select_related("plan").order_by("name")[:SHOWN])
    found = figures(tenants)
    hosts = {d.tenant_id: d.domain for d in Domain.objects.filter(tenant__in=tenants).order_by("is_primary")}
    rows = [{"tenant": t, "figures": found[t.pk], "host": hosts.get(t.pk, "")} for t in tenants]
    most = max((row["figures"].interactions for row in rows), default=0)
    for row in rows:
        row["share"] = 100 * row["figures"].interactions / most if most else 0
    context.update(
        crumbs=[("Overview", None)],
        rows=rows,
        total=Tenant.objects.count(),
        active=Tenant.objects.filter(status=Tenant.Status.ACTIVE).count(),
        shoppers=sum(f.profiles for f in found.values()),
        bytes=sum(f.bytes for f in found.values()),
        troubled=[row for row in rows if row["figures"].state == "bad"],
        valkey=valkey(),
    )
    return context
