"""Background work of the catalogue."""

from __future__ import annotations

from celery import shared_task

from tenants.due import due_tenants, forget_done
from tenants.models import Tenant
from tenants.tasks import TenantTask

QUEUE = "vectors"


@shared_task(base=TenantTask)
def embed_changed(schema_name: str) -> int:
    """Vectors for new and changed items of a tenant; how many were made."""
    # Here and not above: web processes import this module to call the task, and need no scikit-learn for it.
    from .vectors.embed import embed_stale

    report = embed_stale(schema_name)
    if not report.embedded and not report.busy:
        tenant_id = Tenant.objects.values_list("id", flat=True).get(schema_name=schema_name)
        forget_done(tenant_id, QUEUE)
    return report.embedded


@shared_task
def sweep_vectors() -> int:
    """Start the work of every tenant that has items without a current vector; how many were started."""
    due = due_tenants(QUEUE)
    for _, schema in due:
        embed_changed.apply_async(args=(schema,), expires=30)
    return len(due)
