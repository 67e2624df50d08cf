"""The quality of data in the background: every quarter of an hour the expectations, every night the features."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from tenants import keyring
from tenants.models import Tenant
from tenants.tasks import TenantTask

from ..features.mending import mend
from . import watch


@shared_task(base=TenantTask)
def check_quality(schema_name: str) -> int:
    """Judge the tenant's expectations; how many fail."""
    tenant = _active(schema_name)
    return watch.check(keyring.scope_of_tenant(tenant), timezone.now()) if tenant else 0


@shared_task(base=TenantTask)
def measure_features(schema_name: str) -> int:
    """Note the tenant's distributions of today; how many features drift."""
    tenant = _active(schema_name)
    if tenant is None:
        return 0
    scope = keyring.scope_of_tenant(tenant)
    mend(scope)
    return watch.measure(scope, timezone.now())


@shared_task
def check_all() -> int:
    return _each(check_quality)


@shared_task
def measure_all() -> int:
    return _each(measure_features)


def _each(task: TenantTask) -> int:
    schemas = list(Tenant.objects.filter(status=Tenant.Status.ACTIVE).values_list("schema_name", flat=True))
    for schema in schemas:
        task.apply_async(args=(schema,), expires=3600)
    return len(schemas)


def _active(schema: str) -> Tenant | None:
    return (
        Tenant.objects.select_related("plan").filter(schema_name=schema, status=Tenant.Status.ACTIVE).first()
    )
