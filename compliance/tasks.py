"""Background work of the privacy room: seals of the audit trail, and subject requests."""

from __future__ import annotations

from celery import shared_task
from django.db import connection

from tenants import due, keyring
from tenants.db import PUBLIC
from tenants.models import Tenant
from tenants.tasks import TenantTask

from .audit.sealing import OPERATOR, seal
from .requests.queue import QUEUE, hint

AUDIT_QUEUE = "audit"


@shared_task
def sweep_audit() -> int:
    """Seal the operators' trail here, and start the work of every tenant whose records wait; how many were started."""
    seal(PUBLIC, OPERATOR)
    waiting = due.due_tenants(AUDIT_QUEUE)
    for _, schema in waiting:
        seal_audit.apply_async(args=(schema,), expires=55)
    return len(waiting)


@shared_task(base=TenantTask)
def seal_audit(schema_name: str) -> int:
    """Seal a tenant's audit records; how many."""
    tenant_id = Tenant.objects.filter(schema_name=schema_name).values_list("id", flat=True).first()
    if tenant_id is None:
        return 0
    count = seal(schema_name, tenant_id)
    due.forget_done(tenant_id, AUDIT_QUEUE)
    # A transaction longer than tenants.due expects may have committed in between: its row is forgotten, its records not.
    return count + seal(schema_name, tenant_id)


@shared_task(base=TenantTask)
def work_requests(schema_name: str) -> int:
    """Delete what expired, carry out what is approved, tell who wants to know; how many requests were completed."""
    from .requests import callbacks, contact, decide, export, perform

    tenant = Tenant.objects.select_related("plan").filter(schema_name=schema_name).first()
    if tenant is None or tenant.status == Tenant.Status.OFFBOARDING:
        return 0
    scope = keyring.scope_of_tenant(tenant)
    # What expired first: no request and no address that is called may keep it alive.
    export.expire_bundles(scope)
    contact.expire_contacts(scope)
    decide.close_unverified(scope)
    done = sum(perform.perform(scope, pk) for pk in perform.waiting())
    callbacks.deliver(scope)
    return done


@shared_task
def sweep_requests() -> int:
    """Hint at every tenant with requests to carry out or to tell about, whatever became of earlier hints."""
    woken = 0
    for tenant_id, schema in due.due_tenants(QUEUE):
        if work_waits(schema):
            hint(schema)
            woken += 1
        else:
            due.forget_done(tenant_id, QUEUE)
    return woken


@shared_task
def expire_exports() -> None:
    """Daily, also in tenants where nothing else happens: delete what expired, close what nobody verified."""
    for schema in Tenant.objects.filter(status=Tenant.Status.ACTIVE).values_list("schema_name", flat=True):
        hint(schema)


def work_waits(schema: str) -> bool:
    """Whether a request of the tenant is to be carried out, or its status to be told, now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT EXISTS (SELECT 1 FROM "{schema}".compliance_subjectrequest WHERE status IN ('approved', 'running')
                        AND kind <> 'rectification' AND coalesce(retry_at, now()) <= now())
                    OR EXISTS (SELECT 1 FROM "{schema}".compliance_callback WHERE next_at <= now())"""
        )
        return bool(cursor.fetchone()[0])
