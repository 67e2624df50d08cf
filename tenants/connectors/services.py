"""Changes of destinations: the change, its audit record, and the work that follows from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import connection, transaction
from django.utils import timezone

from .. import audit, credentials, due
from ..scope import Scope
from ..workspace.models import ConnectorCredential, Delivery, Destination, StreamProgress
from .base import Link
from .checks import BadDestination, Draft, checked
from .links import VENDOR
from .outbox import QUEUE

State = Destination.State
MOST_DESTINATIONS = 20


def try_out(scope: Scope, draft: Draft, known: Destination | None = None) -> str:
    """Whether it would work, without saving anything; raises `BadDestination`, or `Trouble` with what the vendor said."""
    connector, secret = checked(scope, draft, known)
    return connector.try_out(
        Link(scope, known.pk if known else 0, draft.config, secret, draft.streams, draft.personal)
    )


@transaction.atomic
def create(scope: Scope, draft: Draft, *, history: bool, actor: str) -> Destination:
    """A destination that begins at once. `history`: what was there before goes along. Raises `BadDestination`."""
    _, secret = checked(scope, draft, None)
    if Destination.objects.count() >= MOST_DESTINATIONS:
        raise BadDestination([("name", f"There are {MOST_DESTINATIONS} destinations; remove one first.")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        xid = int(cursor.fetchone()[0])
    destination = Destination.objects.create(
        name=draft.name.strip(),
        vendor=draft.vendor,
        config=dict(draft.config),
        streams=list(draft.streams),
        personal=draft.personal,
        born_xid=xid,
        tidied_on=timezone.now().date(),
    )
    _keep_secret(scope, destination, secret)
    wanted = StreamProgress.History.WANTED if history else StreamProgress.History.NONE
    for stream in draft.streams:
        StreamProgress.objects.create(destination=destination, stream=stream, history=wanted)
    audit.record(
        "destination added", _target(destination), actor,
        vendor=draft.vendor, streams=list(draft.streams), with_personal_data=draft.personal, history=history,
    )  # fmt: skip
    look_now(scope, destination)
    return destination


@transaction.atomic
def change(scope: Scope, destination: Destination, draft: Draft, *, actor: str) -> Destination:
    """Other settings or streams. A kept secret goes nowhere else than it was given for. Raises `BadDestination`."""
    destination = Destination.objects.select_for_update().get(pk=destination.pk)
    _, secret = checked(scope, draft, destination)
    new = set(draft.streams) - set(destination.streams)
    destination.name, destination.config = draft.name.strip(), dict(draft.config)
    destination.streams, destination.personal = list(draft.streams), draft.personal
    destination.failures, destination.failing_since, destination.error = 0, None, ""
    destination.save()
    if draft.secret:
        _keep_secret(scope, destination, secret)
    for stream in new:
        StreamProgress.objects.get_or_create(destination=destination, stream=stream)
    audit.record(
        "destination changed", _target(destination), actor,
        streams=list(draft.streams), with_personal_data=draft.personal, secret_changed=bool(draft.secret),
    )  # fmt: skip
    look_now(scope, destination)
    return destination


@transaction.atomic
def pause(scope: Scope, destination: Destination, *, actor: str) -> None:
    """Nothing is sent until somebody resumes it; what happens meanwhile waits."""
    Destination.objects.filter(pk=destination.pk, state=State.ACTIVE).update(state=State.PAUSED)
    audit.record("destination paused", _target(destination), actor)


@transaction.atomic
def resume(scope: Scope, destination: Destination, *, actor: str) -> None:
    """Go on; also for a failing one that somebody mended elsewhere."""
    Destination.objects.filter(pk=destination.pk).exclude(state=State.REMOVING).update(
        state=State.ACTIVE, failures=0, failing_since=None, error=""
    )
    Delivery.objects.filter(destination=destination, state=Delivery.State.WAITING).update(
        next_at=timezone.now()
    )
    audit.record("destination resumed", _target(destination), actor)
    look_now(scope, destination)


@transaction.atomic
def want_history(scope: Scope, destination: Destination, *, actor: str) -> int:
    """Send what was there before the destination, of every stream that has not; how many streams."""
    count = StreamProgress.objects.filter(
        destination=destination, stream__in=destination.streams, history=StreamProgress.History.NONE
    ).update(history=StreamProgress.History.WANTED)
    if count:
        audit.record("history asked for", _target(destination), actor, streams=count)
        look_now(scope, destination)
    return count


@transaction.atomic
def replay(scope: Scope, destination: Destination, ids: Sequence[int] | None, *, actor: str) -> int:
    """Try dead deliveries again (all with None); how many."""
    dead = Delivery.objects.filter(destination=destination, state=Delivery.State.DEAD)
    if ids is not None:
        dead = dead.filter(pk__in=ids)
    count = dead.update(state=Delivery.State.WAITING, attempts=0, next_at=timezone.now(), error="")
    if count:
        audit.record("deliveries replayed", _target(destination), actor, count=count)
        look_now(scope, destination)
    return count


@transaction.atomic
def discard(scope: Scope, destination: Destination, ids: Sequence[int] | None, *, actor: str) -> int:
    """Give dead deliveries up for good; how many."""
    dead = Delivery.objects.filter(destination=destination, state=Delivery.State.DEAD)
    if ids is not None:
        dead = dead.filter(pk__in=ids)
    count = dead.update(state=Delivery.State.DISCARDED, ids=None, moments=None)
    if count:
        audit.record("deliveries discarded", _target(destination), actor, count=count)
    return count


@transaction.atomic
def remove(scope: Scope, destination: Destination, *, with_data: bool, actor: str) -> None:
    """End it. `with_data`: a worker first deletes what was sent; else that is the merchant's from now on."""
    if not with_data:
        forget(scope, destination, actor=actor)
        return
    Destination.objects.filter(pk=destination.pk).update(state=State.REMOVING)
    audit.record("destination being removed", _target(destination), actor, with_data=True)
    look_now(scope, destination)


@transaction.atomic
def forget(scope: Scope, destination: Destination, *, actor: str) -> None:
    """Delete the destination, its secret, its queue and its log."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    for name in settings.DESTINATION_REMOVED:
        import_string(name)(scope, destination.pk)
    audit.record("destination removed", _target(destination), actor, vendor=destination.vendor)
    ConnectorCredential.objects.filter(vendor=VENDOR, name=str(destination.pk)).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM workspace_outboxentry WHERE destination_id = %s", [destination.pk])
    destination.delete()


def look_now(scope: Scope, destination: Destination) -> None:
    """A worker looks at it within seconds."""
    now = timezone.now()
    Destination.objects.filter(pk=destination.pk).update(next_at=now - dt.timedelta(seconds=1))
    with connection.cursor() as cursor:
        due.mark_due(cursor, scope.tenant_id, QUEUE, now)


def _keep_secret(scope: Scope, destination: Destination, secret: Mapping[str, str]) -> None:
    if secret:
        destination.credential = credentials.keep(scope.tenant_id, VENDOR, str(destination.pk), secret)
        destination.save(update_fields=["credential"])


def _target(destination: Destination) -> str:
    return f"destination:{destination.pk}"
