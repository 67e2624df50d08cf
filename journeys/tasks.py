"""Background work: enrolments that are due, messages that are due, campaigns under way, and the sweep that forgets nobody."""

from __future__ import annotations

import time

import structlog
from celery import shared_task
from django.db import connection
from psycopg import Cursor, errors

from tenants import due, keyring
from tenants.models import Tenant
from tenants.scope import Scope
from tenants.tasks import TenantTask

from . import hints
from .campaigns.run import run_turn as run_campaigns_turn
from .campaigns.run import work_waits as campaigns_wait
from .delivery.claim import work_waits as messages_wait
from .engine import claim
from .engine.batch import run_once
from .engine.write import gather_counts

log = structlog.get_logger("attune.journeys")

# After this long a tenant lets others have the worker.
TURN_SECONDS = 2.0
# A net under the deadlines of calls: a turn, a batch whose calls begin late in their lease, and the database's time.
DELIVERY_LIMIT_SECONDS = 150


@shared_task(base=TenantTask)
def advance_journeys(schema_name: str) -> int:
    """Advance the tenant's due enrolments until none is or its turn is over; how many."""
    hints.take_up(schema_name, hints.ADVANCE)
    scope = _scope(schema_name)
    if scope is None:
        return 0
    done, more = advance_turn(scope)
    if more:
        hints.publish(schema_name)
    return done


def advance_turn(scope: Scope, seconds: float = TURN_SECONDS) -> tuple[int, bool]:
    """(enrolments advanced, whether more may be due) after at most about `seconds`."""
    deadline = time.monotonic() + seconds
    done = 0
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        while time.monotonic() < deadline:
            count = claim.call_up(cursor, scope.schema) + run_once(scope)
            if not count:
                gather_counts(cursor, scope.schema)
                return done, False
            done += count
    return done, True


@shared_task(base=TenantTask, time_limit=DELIVERY_LIMIT_SECONDS)
def deliver_messages(schema_name: str) -> int:
    """Deliver the tenant's due messages until none is or its turn is over; how many were looked at."""
    # Here and not above: web processes import this module, and need no models for recommendations in messages.
    from .delivery.run import deliver_once

    hints.take_up(schema_name, hints.DELIVER)
    scope = _scope(schema_name, Tenant.Status.ACTIVE)
    if scope is None:
        return 0
    deadline = time.monotonic() + TURN_SECONDS
    done = 0
    while time.monotonic() < deadline:
        count = deliver_once(scope)
        done += count
        if not count:
            return done
    hints.publish(schema_name, hints.DELIVER)
    return done


@shared_task(base=TenantTask)
def run_campaigns(schema_name: str) -> bool:
    """Go on with the tenant's due campaigns; whether more is to be done now."""
    hints.take_up(schema_name, hints.RUN_CAMPAIGNS)
    scope = _scope(schema_name, Tenant.Status.ACTIVE)
    if scope is None:
        return False
    more = run_campaigns_turn(scope, TURN_SECONDS)
    if more:
        hints.publish(schema_name, hints.RUN_CAMPAIGNS)
    return more


@shared_task
def sweep() -> int:
    """Every second: hint at every tenant with due enrolments or messages; how many hints."""
    return (
        _sweep(hints.JOURNEYS, hints.ADVANCE, claim.work_waits)
        + _sweep(hints.MESSAGES, hints.DELIVER, messages_wait)
        + _sweep(hints.CAMPAIGNS, hints.RUN_CAMPAIGNS, campaigns_wait)
    )


def _sweep(queue: str, task: str, waits: claim.Question) -> int:
    sent = 0
    for tenant_id, schema in due.due_tenants(queue):
        try:
            connection.ensure_connection()
            with Cursor(connection.connection) as cursor:
                waiting = waits(cursor, schema)
        except errors.UndefinedTable:
            log.warning("no such schema; its tenant is being offboarded", tenant=schema)
            continue
        if not waiting:
            due.forget_done(tenant_id, queue)
        elif hints.publish(schema, task):
            sent += 1
    return sent


def _scope(schema: str, *statuses: str) -> Scope | None:
    """None when the tenant is not of `statuses`: a shop that is suspended sends nothing, its shoppers go on waiting."""
    tenant = Tenant.objects.select_related("plan").filter(schema_name=schema).first()
    if tenant is None or tenant.status not in (statuses or (Tenant.Status.ACTIVE, Tenant.Status.SUSPENDED)):
        return None
    return keyring.scope_of_tenant(tenant)
