"""Imports in the background: turns of a few seconds, found by the due table; drafts and files that nobody needs."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from tenants import due, keyring
from tenants.db import tenant_connection
from tenants.models import Tenant
from tenants.scope import Scope
from tenants.tasks import TenantTask

from . import fetch
from .files import destroy, folder_of
from .models import Import
from .run import QUEUE, run_turn
from .services import DRAFT_DAYS, Refused, cancel

log = structlog.get_logger("attune.imports")
# An upload that broke off leaves a file without a row.
_ORPHAN_SECONDS = 86_400


@shared_task(base=TenantTask)
def run_imports(schema_name: str) -> bool:
    """A turn on the tenant's imports; whether something is left to do."""
    tenant = Tenant.objects.select_related("plan").filter(schema_name=schema_name).first()
    if tenant is None or tenant.status != Tenant.Status.ACTIVE:
        return False
    left = run_turn(keyring.scope_of_tenant(tenant))
    if left == "nothing":
        due.forget_done(tenant.pk, QUEUE)
    elif left == "more":
        hint(schema_name)
    return left != "nothing"


@shared_task
def sweep_imports() -> int:
    """Give a turn to every tenant with an import under way; how many were given one."""
    waiting = due.due_tenants(QUEUE)
    for _, schema in waiting:
        run_imports.apply_async(args=(schema,), expires=10)
    fetching = due.due_tenants(fetch.QUEUE)
    for _, schema in fetching:
        fetch_files.apply_async(args=(schema,), expires=10)
    return len(waiting) + len(fetching)


def hint(schema: str) -> None:
    """Begin now rather than with the next sweep; only a hint."""
    _send(run_imports, schema)


def hint_fetch(schema: str) -> None:
    """The same for a file that is to be fetched."""
    _send(fetch_files, schema)


def _send(task: Any, schema: str) -> None:
    try:
        task.apply_async(args=(schema,), expires=10, retry=False)
    except (BrokerError, OSError) as error:
        log.warning("no hint sent; the sweep will find the import", tenant=schema, error=str(error))


@shared_task(base=TenantTask)
def fetch_files(schema_name: str) -> bool:
    """A turn on the files that the tenant has fetched from elsewhere; whether something is left to do."""
    tenant = Tenant.objects.select_related("plan").filter(schema_name=schema_name).first()
    if tenant is None or tenant.status != Tenant.Status.ACTIVE:
        return False
    left = fetch.run_turn(keyring.scope_of_tenant(tenant))
    if left == "nothing":
        due.forget_done(tenant.pk, fetch.QUEUE)
    elif left == "more":
        hint_fetch(schema_name)
    return left != "nothing"


@shared_task
def expire_imports() -> int:
    """Cancel drafts that nobody started for a week, and destroy files that belong to no import; how many of both."""
    count = 0
    for tenant in Tenant.objects.exclude(status=Tenant.Status.OFFBOARDING).select_related("plan"):
        with tenant_connection(tenant.schema_name):
            count += expire(keyring.scope_of_tenant(tenant))
    return count


def expire(scope: Scope) -> int:
    edge = timezone.now() - dt.timedelta(days=DRAFT_DAYS)
    old = Import.objects.filter(status__in=("fetching", "draft", "paused"), created_at__lt=edge)
    count = 0
    for found in old.exclude(status__in=("fetching", "paused"), moved_at__gte=edge):
        try:
            cancel(scope, found, actor="system")
            count += 1
        except Refused:  # somebody set it going this moment
            continue
    return count + _destroy_orphans(scope)


def _destroy_orphans(scope: Scope) -> int:
    open_ones = {
        number for row in Import.objects.all() if row.is_open for number in (row.uuid, row.fetched_as)
    }
    count = 0
    for path in folder_of(scope.schema).glob("*.sealed"):
        number = uuid.UUID(path.stem)
        if number not in open_ones and time.time() - path.stat().st_mtime > _ORPHAN_SECONDS:
            destroy(scope, number)
            count += 1
    return count
