"""The queue of subject requests in the public due table, and the hint that something waits in it."""

from __future__ import annotations

import structlog
from celery import current_app
from kombu.exceptions import OperationalError as BrokerError

from tenants import redis

QUEUE = "erasures"
TASK = "compliance.tasks.work_requests"

log = structlog.get_logger("attune.requests")


def hint(schema: str) -> None:
    """Ask for the tenant's requests to be worked on now; the sweep finds them anyway."""
    try:
        current_app.send_task(TASK, args=[schema], expires=30, retry=False, ignore_result=True)
    except (BrokerError, redis.Unavailable, OSError) as error:
        log.warning("no hint sent; the sweep will find the request", tenant=schema, error=str(error))
