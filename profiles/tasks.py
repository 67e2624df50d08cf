"""Background work: events into features, the sweep that forgets nobody, partitions, old message keys."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError as BrokerError

from tenants import due, keyring, redis
from tenants.models import Tenant
from tenants.tasks import TenantTask

from . import backlog
from .arrivals import tallies
from .consent_settings import apply_default
from .dead_letters import tasks as _letters  # noqa: F401
from .identity import tasks as _identity  # noqa: F401
from .imports import tasks as _imports  # noqa: F401  # Celery looks for tasks here
from .ingest import hints
from .ingest.store import QUEUE
from .processing.turns import process_turn
from .retention import tasks as _retention  # noqa: F401
from .segments import moments, recompute

log = structlog.get_logger("attune.processing")


@shared_task(base=TenantTask)
def process_events(schema_name: str) -> int:
    """Process the tenant's events until none wait or its turn is over; how many left the queue."""
    hints.take_up(schema_name)
    tenant = Tenant.objects.select_related("plan").filter(schema_name=schema_name).first()
    if tenant is None or tenant.status == Tenant.Status.OFFBOARDING:
        return 0
    done, more = process_turn(keyring.scope_of_tenant(tenant))
    tallies.fold_sometimes(schema_name)
    if more:
        try:
            hints.publish(schema_name)
        except (BrokerError, redis.Unavailable, OSError) as error:
            log.warning("no hint sent; the sweep will find the events", error=str(error))
    return done


@shared_task
def sweep() -> int:
    """Hint at every tenant whose events wait, whatever became of earlier hints; how many there were."""
    woken = 0
    for tenant_id, schema in due.due_tenants(QUEUE):
        if not work_waits(schema):
            due.forget_done(tenant_id, QUEUE)
            continue
        if backlog.note_full(schema, settings.EVENTS_MOST_WAITING):
            log.error("events are refused: too many wait", tenant=schema, most=settings.EVENTS_MOST_WAITING)
        try:
            hints.publish(schema)
        except (BrokerError, redis.Unavailable, OSError) as error:
            log.warning("sweep could not hint", tenant=schema, error=str(error))
            continue
        woken += 1
    return woken


def work_waits(schema: str) -> bool:
    """Whether the tenant has events in the queue, or versions that Valkey does not know."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT EXISTS (SELECT 1 FROM "{schema}".profiles_eventqueue)
                    OR EXISTS (SELECT 1 FROM "{schema}".profiles_versionnote)"""
        )
        return bool(cursor.fetchone()[0])


@shared_task(base=TenantTask)
def compute_segments(schema_name: str) -> bool:
    """Go on with the passes over the tenant's segments; whether more is to be done."""
    tenant = Tenant.objects.select_related("plan").filter(schema_name=schema_name).first()
    if tenant is None or tenant.status == Tenant.Status.OFFBOARDING:
        return False
    more = recompute.run_turn(keyring.scope_of_tenant(tenant))
    if not more:
        due.forget_done(tenant.pk, moments.QUEUE)
    return more


@shared_task
def sweep_segments() -> int:
    """Start the work of every tenant whose segments wait; how many were started."""
    waiting = due.due_tenants(moments.QUEUE)
    for _, schema in waiting:
        compute_segments.apply_async(args=(schema,), expires=10)
    return len(waiting)


@shared_task(base=TenantTask)
def follow_consent_default(schema_name: str) -> int:
    """The tenant changed what holds without a word: the profiles follow; how many."""
    return apply_default(schema_name)
