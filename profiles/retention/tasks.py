"""Every night, in every tenant: months made ahead, message ids forgotten, what is old enough dropped.

One tenant's failure is told and holds up no other. Suspended tenants are looked after too: their periods go on.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from celery import shared_task
from django.db import DatabaseError

from tenants.db import tenant_connection
from tenants.models import Tenant

from .. import partitions
from ..arrivals import tallies
from ..identity import pruning
from ..segments import forgetting
from .months import prepared
from .periods import periods_of
from .run import run, with_patience

log = structlog.get_logger("attune.retention")


@shared_task
def keep_partitions() -> int:
    """Make the coming months' partitions in every tenant; how many were made.

    A month that could not be made is an error in the log (an alert) and on Today; its events lie in the default
    partition until it can.
    """
    return _everywhere(_make_ahead)


@shared_task
def forget_message_keys() -> int:
    """Forget message ids older than 28 days in every tenant, counts and words that nobody needs any more; how many rows."""
    return _everywhere(_forget)


@shared_task
def apply_retention() -> int:
    """Drop what every tenant's periods let go; in how many tenants something went."""
    return _everywhere(lambda tenant: int(run(tenant.schema_name, periods_of(tenant)) is not None))


def _forget(tenant: Tenant) -> int:
    schema = tenant.schema_name
    return (
        partitions.forget_message_keys(schema)
        + tallies.forget_old(schema)
        + forgetting.forget_old(schema)
        + pruning.forget_repeated(schema)
    )


def _make_ahead(tenant: Tenant) -> int:
    made = with_patience(lambda: partitions.make_ahead(tenant.schema_name)) or 0
    if not prepared(tenant.schema_name):
        log.error("partitions missing", tenant=tenant.schema_name)
    return made


def _everywhere(work: Callable[[Tenant], int]) -> int:
    total = 0
    for tenant in Tenant.objects.exclude(status=Tenant.Status.OFFBOARDING):
        with tenant_connection(tenant.schema_name):
            try:
                total += work(tenant)
            except DatabaseError as error:
                log.error("nightly work failed", tenant=tenant.schema_name, error=str(error))
    return total
