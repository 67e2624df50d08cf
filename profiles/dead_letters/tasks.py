"""Jobs over dead letters in the background: turns of a few seconds, found by the due table."""

from __future__ import annotations

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError as BrokerError

from tenants import due, keyring
from tenants.models import Tenant
from tenants.tasks import TenantTask

from .jobs import QUEUE, run_turn

log = structlog.get_logger("attune.letters")


@shared_task(base=TenantTask)
def run_letters(schema_name: str) -> bool:
    """A turn on the tenant's jobs; whether more is to be done."""
    tenant = Tenant.objects.select_related("plan").filter(schema_name=schema_name).first()
    if tenant is None or tenant.status != Tenant.Status.ACTIVE:
        return False
    more = run_turn(keyring.scope_of_tenant(tenant))
    if more:
        hint(schema_name)
    else:
        due.forget_done(tenant.pk, QUEUE)
    return more


@shared_task
def sweep_letters() -> int:
    """Give a turn to every tenant with a job under way; how many were given one."""
    waiting = due.due_tenants(QUEUE)
    for _, schema in waiting:
        run_letters.apply_async(args=(schema,), expires=10)
    return len(waiting)


def hint(schema: str) -> None:
    """Begin now rather than with the next sweep; only a hint."""
    try:
        run_letters.apply_async(args=(schema,), expires=10, retry=False)
    except (BrokerError, OSError) as error:
        log.warning("no hint sent; the sweep will find the job", tenant=schema, error=str(error))
