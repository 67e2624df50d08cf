"""Tell a worker that enrolments or messages are due. Only a hint: beat's sweep finds the due row anyway."""

from __future__ import annotations

import structlog
from celery import current_app
from kombu.exceptions import OperationalError as BrokerError

from tenants import redis

log = structlog.get_logger("attune.journeys.hints")

# Queues of the public due table.
JOURNEYS, MESSAGES, CAMPAIGNS = "journeys", "messages", "campaigns"
ADVANCE, DELIVER = "journeys.tasks.advance_journeys", "journeys.tasks.deliver_messages"
RUN_CAMPAIGNS = "journeys.tasks.run_campaigns"
MARK_MILLISECONDS = 2000


def mark_key(schema: str, task: str) -> str:
    return f"{schema}:hint:{task}"


def publish(schema: str, task: str = ADVANCE) -> bool:
    """Send one hint unless one waits already; whether it was sent. Never raises: the sweep comes within a second."""
    try:
        key = mark_key(schema, task)
        first = redis.run(lambda client: client.set(key, 1, nx=True, px=MARK_MILLISECONDS))
        if first:
            current_app.send_task(task, args=[schema], expires=30, retry=False, ignore_result=True)
        return bool(first)
    except (BrokerError, redis.Unavailable, OSError) as error:
        log.warning("no hint sent; the sweep will find the work", tenant=schema, error=str(error))
        return False


def take_up(schema: str, task: str) -> None:
    """A worker starts on it: what commits from now on needs a new hint."""
    try:
        redis.run(lambda client: client.delete(mark_key(schema, task)))
    except redis.Unavailable:
        return  # the mark expires by itself
