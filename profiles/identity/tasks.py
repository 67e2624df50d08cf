"""Changed rules of identity in the background: turns of a few seconds, found by the due table."""

from __future__ import annotations

from celery import shared_task

from tenants import due, keyring
from tenants.models import Tenant
from tenants.tasks import TenantTask

from .applying import run_turn
from .settings import QUEUE


@shared_task(base=TenantTask)
def apply_identity_rules(schema_name: str) -> bool:
    """A turn on the tenant's shoppers; whether something is left to do."""
    tenant = Tenant.objects.select_related("plan").filter(schema_name=schema_name).first()
    if tenant is None or tenant.status == Tenant.Status.OFFBOARDING:
        return False
    more = run_turn(keyring.scope_of_tenant(tenant))
    if not more:
        due.forget_done(tenant.pk, QUEUE)
    return more


@shared_task
def sweep_identity_rules() -> int:
    """Give a turn to every tenant whose rules changed; how many were given one."""
    waiting = due.due_tenants(QUEUE)
    for _, schema in waiting:
        apply_identity_rules.apply_async(args=(schema,), expires=10)
    return len(waiting)
