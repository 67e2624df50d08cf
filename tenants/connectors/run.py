"""Work of destinations: seal what waits, hand it over, keep house. Read `run_turn` from top to bottom."""

from __future__ import annotations

import datetime as dt
import time

import structlog
from django.db import connection, transaction
from django.utils import timezone
from psycopg import Cursor

from .. import due
from ..locks import alone
from ..scope import Scope
from ..workspace.models import Delivery, Destination
from . import queue, retry
from .base import Connector, Link, Trouble
from .links import connector_of, open_link
from .outbox import QUEUE

log = structlog.get_logger("attune.destinations")

# After this long a tenant lets others have the worker.
TURN_SECONDS = 2.0
SOON = dt.timedelta(seconds=1)


def run_turn(scope: Scope, seconds: float = TURN_SECONDS) -> bool:
    """Work on the tenant's destinations for about so long; whether more is to be done now."""
    deadline = time.monotonic() + seconds
    more = False
    now = timezone.now()
    for destination in Destination.objects.exclude(state=Destination.State.PAUSED).filter(next_at__lte=now):
        with alone(lock_of(scope.schema, destination.pk)) as mine:
            if mine:
                more |= _work(scope, destination, deadline)
        if time.monotonic() >= deadline:
            return True
    return more


def work_waits(schema: str) -> bool:
    """Whether a destination of the tenant is to be looked at now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT EXISTS (SELECT 1 FROM "{schema}".workspace_destination
                               WHERE state <> 'paused' AND next_at <= now())"""
        )
        return bool(cursor.fetchone()[0])


def lock_of(schema: str, destination_id: int) -> str:
    """One process at a time works on a destination."""
    return f"{schema}:destination:{destination_id}"


def _work(scope: Scope, destination: Destination, deadline: float) -> bool:
    """Whether time ended before the work."""
    destination.refresh_from_db()
    try:
        connector, link = connector_of(destination), open_link(scope, destination)
        if destination.state == Destination.State.REMOVING:
            _remove(connector, link, destination)
            return False
        if connector.serial:
            queue.free_leases(
                destination
            )  # whoever held one is dead, or this process would not be alone here
        look_again = _plan(scope, connector, link)
        while time.monotonic() < deadline:
            delivery = queue.claim(destination, timezone.now(), connector.lease_seconds)
            if delivery is None:
                _tidy(connector, link, destination)
                _come_back(scope, destination, look_again)
                return False
            resting = _deliver(connector, link, delivery)
            if resting is not None:
                _come_back(scope, destination, resting)
                return False
            if connector.pause_seconds:
                time.sleep(connector.pause_seconds)
    except Trouble as trouble:
        _come_back(scope, destination, _failed(destination, trouble))
        return False
    _come_back(scope, destination, timezone.now())
    return True


def _plan(scope: Scope, connector: Connector, link: Link) -> dt.datetime:
    with transaction.atomic():
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            cursor.execute("SET LOCAL transaction_timeout = '14s'")
            return connector.plan(cursor, link, timezone.now())


def _deliver(connector: Connector, link: Link, delivery: Delivery) -> dt.datetime | None:
    """Until when the destination rests, None when it goes on."""
    started = timezone.now()
    try:
        sent = connector.deliver(link, delivery)
    except Trouble as trouble:
        log.warning("delivery failed", destination=link.id, delivery=delivery.pk, error=str(trouble))
        return queue.settle_trouble(delivery, trouble, started, timezone.now())
    except (OSError, ValueError, TypeError, KeyError, ArithmeticError) as error:
        # A fault of ours with these rows: tried again, given up in the end, looked at in the dead letters.
        log.exception("delivery broke", destination=link.id, delivery=delivery.pk)
        ours = Trouble(f"Attune could not put it together ({type(error).__name__}).")
        return queue.settle_trouble(delivery, ours, started, timezone.now())
    young = bool(delivery.moments) and min(delivery.moments or []) < delivery.destination.created_at
    queue.settle_sent(delivery, sent, started, timezone.now(), keep_ids=young)
    return None


def _failed(destination: Destination, trouble: Trouble) -> dt.datetime:
    """Nothing was handed over because the destination itself is in trouble; when to look again."""
    now = timezone.now()
    destination.failures += 1
    destination.error = str(trouble)[:300]
    destination.failing_since = destination.failing_since or now
    destination.save(update_fields=["failures", "error", "failing_since"])
    rest = (
        dt.timedelta(seconds=retry.SETTINGS_SECONDS)
        if trouble.settings
        else retry.pause(destination.failures)
    )
    return now + rest


def _tidy(connector: Connector, link: Link, destination: Destination) -> None:
    now = timezone.now()
    if destination.tidied_on is None or destination.tidied_on < now.date():
        connector.tidy(link, destination, now)
        queue.forget_old(destination, now)
        destination.tidied_on = now.date()
        destination.save(update_fields=["tidied_on"])


def _remove(connector: Connector, link: Link, destination: Destination) -> None:
    from .services import forget

    connector.remove(link)
    forget(link.scope, destination, actor="system")


def _come_back(scope: Scope, destination: Destination, at: dt.datetime) -> None:
    """Write down when to look again, at the latest when the next delivery is due."""
    now = timezone.now()
    resting = Destination.objects.filter(pk=destination.pk, failing_since__isnull=False).exists()
    waiting = None if resting else queue.next_due(destination, now)
    at = max(min(at, waiting) if waiting else at, now + SOON)
    with transaction.atomic(), connection.cursor() as cursor:
        Destination.objects.filter(pk=destination.pk).update(next_at=at)
        due.mark_due(cursor, scope.tenant_id, QUEUE, at)
