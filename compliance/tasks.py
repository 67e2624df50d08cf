"""Background work of the privacy room."""

from __future__ import annotations

from celery import shared_task

from tenants.db import PUBLIC
from tenants.due import due_tenants, forget_done
from tenants.models import Tenant
from tenants.tasks import TenantTask

from .audit.sealing import OPERATOR, seal

AUDIT_QUEUE = "audit"


@shared_task
def sweep_audit() -> int:
    """Seal the operators' trail here, and start the work of every tenant whose records wait; how many were started."""
    seal(PUBLIC, OPERATOR)
    due = due_tenants(AUDIT_QUEUE)
    for _, schema in due:
        seal_audit.apply_async(args=(schema,), expires=55)
    return len(due)


@shared_task(base=TenantTask)
def seal_audit(schema_name: str) -> int:
    """Seal a tenant's audit records; how many."""
    tenant_id = Tenant.objects.filter(schema_name=schema_name).values_list("id", flat=True).first()
    if tenant_id is None:
        return 0
    count = seal(schema_name, tenant_id)
    forget_done(tenant_id, AUDIT_QUEUE)
    # A transaction longer than tenants.due expects may have committed in between: its row is forgotten, its records not.
    return count + seal(schema_name, tenant_id)
