"""The base of every task: it names its tenant and runs inside the tenant's schema."""

from __future__ import annotations

from typing import Any

import structlog
from celery import Task, current_app, shared_task
from django.conf import settings
from django.db import close_old_connections

from . import due, key_use
from .db import PUBLIC, tenant_connection
from .models import ApiKey
from .redis import Unavailable


class TenantTask(Task):  # type: ignore[type-arg]  # celery's Task is generic only in its stubs
    """A task whose first argument (or keyword) is `schema_name`. Without one it fails before doing anything."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        schema = kwargs.get("schema_name") or (args[0] if args and isinstance(args[0], str) else None)
        if not schema or schema == PUBLIC:
            raise ValueError(f"{self.name}: a tenant task needs its schema_name first")
        close_old_connections()
        with (
            structlog.contextvars.bound_contextvars(tenant=schema, task=self.name),
            tenant_connection(schema),
        ):
            return super().__call__(*args, **kwargs)


@shared_task
def sweep_due() -> int:
    """Every second: start the sweeps of queues with work; how many. One look for all: where nothing is due, nothing runs."""
    sweeps = {settings.SWEEPS[queue] for queue in due.due_queues() if queue in settings.SWEEPS}
    for name in sorted(sweeps):
        current_app.send_task(name, expires=5, ignore_result=True)
    return len(sweeps)


@shared_task
def note_key_use() -> None:
    """Move the last-used times that web processes noted in Valkey into the key table."""
    from django.utils import timezone

    try:
        used = key_use.take()
    except Unavailable:
        return
    if used:
        ApiKey.objects.filter(pk__in=used).update(last_used_at=timezone.now())
