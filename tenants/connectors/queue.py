"""Deliveries as a worker takes them and as it leaves them."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Min, Q

from ..workspace.models import Delivery, DeliveryAttempt, Destination
from . import retry
from .base import Sent, Trouble

LOG_DAYS = 90


def claim(destination: Destination, now: dt.datetime, lease_seconds: float) -> Delivery | None:
    """The delivery that waits longest, leased; None when nothing is due. New data goes before history."""
    with transaction.atomic():
        found = (
            Delivery.objects.select_for_update(skip_locked=True)
            .filter(Q(lease_until=None) | Q(lease_until__lte=now))
            .filter(destination=destination, state=Delivery.State.WAITING, next_at__lte=now)
            .order_by("history", "next_at", "id")
            .first()
        )
        if found is not None:
            found.lease_until = now + dt.timedelta(seconds=lease_seconds)
            found.attempts += 1
            found.save(update_fields=["lease_until", "attempts"])
        return found


def free_leases(destination: Destination) -> int:
    """Deliveries that a killed worker held can be claimed at once; how many."""
    return Delivery.objects.filter(
        destination=destination, state=Delivery.State.WAITING, lease_until__isnull=False
    ).update(lease_until=None)


def next_due(destination: Destination, now: dt.datetime) -> dt.datetime | None:
    """When the next delivery is to be tried, or its lease ends; None when none waits."""
    waiting = Delivery.objects.filter(destination=destination, state=Delivery.State.WAITING)
    free = waiting.filter(Q(lease_until=None) | Q(lease_until__lte=now)).aggregate(at=Min("next_at"))["at"]
    leased = waiting.filter(lease_until__gt=now).aggregate(at=Min("lease_until"))["at"]
    return min((at for at in (free, leased) if at), default=None)


@transaction.atomic
def settle_sent(
    delivery: Delivery, sent: Sent, started: dt.datetime, now: dt.datetime, keep_ids: bool
) -> None:
    """It arrived. Its ids go, unless history still has to know them."""
    delivery.state, delivery.error, delivery.lease_until = Delivery.State.SENT, "", None
    delivery.rows, delivery.bytes, delivery.left_out = sent.rows, sent.bytes, sent.left_out
    delivery.sent_at = now
    if not keep_ids:
        delivery.ids = delivery.moments = None
    delivery.save()
    _note(delivery, started, now, "sent", "")
    Destination.objects.filter(pk=delivery.destination_id).update(
        failures=0, failing_since=None, error="", last_sent_at=now
    )


@transaction.atomic
def settle_trouble(
    delivery: Delivery, trouble: Trouble, started: dt.datetime, now: dt.datetime
) -> dt.datetime | None:
    """It did not; until when the whole destination is left alone, None when it is not."""
    said = str(trouble)[:300]
    destination = Destination.objects.select_for_update().get(pk=delivery.destination_id)
    delivery.error, delivery.lease_until = said, None
    resting: dt.datetime | None = None
    given_up = trouble.permanent or (not trouble.settings and delivery.attempts >= retry.MOST_ATTEMPTS)
    if given_up:
        delivery.state = Delivery.State.DEAD
    else:
        delivery.next_at = now + retry.pause(delivery.attempts, trouble.retry_after)
    if not trouble.permanent:
        destination.failures += 1
        destination.error = said
        rest = retry.breaker_pause(destination.failures)
        if trouble.settings:
            # No attempt of the delivery's own: it would be given up for what is not its fault.
            delivery.attempts = max(delivery.attempts - 1, 0)
            rest = dt.timedelta(seconds=retry.SETTINGS_SECONDS)
        if trouble.settings or rest:
            destination.failing_since = destination.failing_since or now
            resting = now + rest
        destination.save(update_fields=["failures", "error", "failing_since"])
    delivery.save()
    _note(delivery, started, now, "permanent" if trouble.permanent else "temporary", said)
    return resting


def forget_old(destination: Destination, now: dt.datetime) -> int:
    """Delete the log beyond `LOG_DAYS`; how many deliveries. What waits or was given up stays."""
    over = Delivery.objects.filter(
        destination=destination,
        state__in=(Delivery.State.SENT, Delivery.State.DISCARDED),
        created_at__lt=now - dt.timedelta(days=LOG_DAYS),
    )
    return over.delete()[0]


def _note(delivery: Delivery, started: dt.datetime, now: dt.datetime, result: str, detail: str) -> None:
    DeliveryAttempt.objects.create(
        delivery=delivery, started_at=started, finished_at=now, result=result, detail=detail
    )
