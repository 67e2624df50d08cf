"""Background work of destinations: found by the public due table, done tenant by tenant."""

from __future__ import annotations

import structlog
from celery import current_app, shared_task
from django.db import ProgrammingError

from .. import due, keyring
from ..models import Tenant
from ..tasks import TenantTask
from . import run
from .outbox import QUEUE

log = structlog.get_logger("attune.destinations")

# A net under the deadlines of calls.
LIMIT_SECONDS = 900


@shared_task(base=TenantTask, time_limit=LIMIT_SECONDS)
def work_destinations(schema_name: str) -> bool:
    """Go on with the tenant's destinations; whether more is to be done now. A suspended shop sends nothing."""
    tenant = (
        Tenant.objects.select_related("plan")
        .filter(schema_name=schema_name, status=Tenant.Status.ACTIVE)
        .first()
    )
    return tenant is not None and run.run_turn(keyring.scope_of_tenant(tenant))


@shared_task
def sweep_destinations() -> int:
    """Start the work of every tenant with a destination to be looked at; how many were started."""
    started = 0
    for tenant_id, schema in due.due_tenants(QUEUE):
        try:
            waits = run.work_waits(schema)
        except ProgrammingError:
            log.warning("no such schema; its tenant is being offboarded", tenant=schema)
            continue
        if waits:
            current_app.send_task(
                "tenants.connectors.tasks.work_destinations", args=[schema], expires=10, ignore_result=True
            )
            started += 1
        else:
            due.forget_done(tenant_id, QUEUE)
    return started
