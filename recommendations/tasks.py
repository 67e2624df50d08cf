"""Work of the recommendations room in the background."""

from __future__ import annotations

import structlog
from celery import shared_task

from tenants.models import Tenant
from tenants.redis import Unavailable
from tenants.tasks import TenantTask

from . import traces
from .training import TrainingRunning, train_tenant

log = structlog.get_logger("attune.recommendations")


@shared_task
def write_traces() -> None:
    """Every second: decision traces from Valkey into the tenants' schemas."""
    try:
        traces.drain()
    except Unavailable:
        log.warning("traces wait: Valkey is away")


@shared_task(base=TenantTask)
def train(schema_name: str) -> None:
    try:
        train_tenant(schema_name)
    except TrainingRunning as running:
        log.info("training skipped", reason=str(running))


@shared_task
def train_all() -> None:
    """Weekly: one training per active tenant, each a task of its own."""
    for schema in Tenant.objects.filter(status=Tenant.Status.ACTIVE).values_list("schema_name", flat=True):
        train.delay(schema_name=schema)
