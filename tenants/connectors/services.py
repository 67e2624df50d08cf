"""Changes of destinations: the change, its audit record, and the work that follows from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from .. import audit, credentials, due
from ..models import Tenant
from ..scope import Scope
from ..workspace.models import ConnectorCredential, Delivery, Destination, StreamProgress
from . import regions
from .base import Connector, Link, Trouble
from .links import VENDOR, secret_of
from .outbox import QUEUE
from .registry import connectors

State = Destination.State
MOST_DESTINATIONS = 20


class BadDestination(ValueError):
    """The settings can't work; `problems`: (field, sentence)."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__(" ".join(sentence for _, sentence in problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form says of a destination. `secret` None or without a field: what is kept stays."""

    vendor: str
    name: str
    config: Mapping[str, Any]
    secret: Mapping[str, str] = field(default_factory=dict)
    streams: tuple[str, ...] = ()
    personal: bool = False


def try_out(scope: Scope, draft: Draft, known: Destination | None = None) -> str:
    """Whether it would work, without saving anything; raises `BadDestination`, or `Trouble` with what the vendor said."""
    connector, secret = _checked(scope, draft, known)
    return connector.try_out(
        Link(scope, known.pk if known else 0, draft.config, secret, draft.streams, draft.personal)
    )


@transaction.atomic
def create(scope: Scope, draft: Draft, *, history: bool, actor: str) -> Destination:
    """A destination that begins at once. `history`: what was there before goes along. Raises `BadDestination`."""
    _, secret = _checked(scope, draft, None)
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
    _, secret = _checked(scope, draft, destination)
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


def _checked(scope: Scope, draft: Draft, known: Destination | None) -> tuple[Connector, dict[str, str]]:
    connector = connectors().get(draft.vendor)
    if connector is None:
        raise BadDestination([("vendor", "There is no such kind of destination.")])
    found: list[tuple[str, str]] = []
    name = draft.name.strip()
    if not name or len(name) > 80:
        found.append(("name", "Give it a name of at most 80 characters."))
    elif Destination.objects.filter(name=name).exclude(pk=known.pk if known else 0).exists():
        found.append(("name", f"There is a destination “{name}” already."))
    streams = {stream.name: stream for stream in connector.streams()}
    if not draft.streams or not set(draft.streams) <= streams.keys():
        found.append(("streams", "Choose what it gets."))
    elif not draft.personal and any(streams[s].personal for s in draft.streams):
        named = ", ".join(streams[s].label for s in draft.streams if streams[s].personal)
        found.append(("streams", f"“{named}” is personal data: allow it first, or leave it out."))
    secret = {**(_known_secret(scope, known) if known else {}), **draft.secret}
    moved = known is not None and any(
        known.config.get(setting) != draft.config.get(setting) for setting in connector.bound_to
    )
    needed = {one.name for one in connector.fields if one.secret and one.required}
    if moved and not needed <= set(draft.secret):
        found.append(("secret", "It leads somewhere else now: type its secret again."))
    found += connector.problems(draft.config, secret)
    found += _misplaced(connector, draft, known)
    if refused := regions.refusal(Tenant.objects.get(pk=scope.tenant_id), connector, dict(draft.config)):
        found.append(("region", refused))
    if found:
        raise BadDestination(found)
    return connector, secret


def _misplaced(connector: Connector, draft: Draft, known: Destination | None) -> list[tuple[str, str]]:
    """Two destinations in one place would overwrite each other; one that moved would leave files that no erasure finds."""
    if not connector.place_of:
        return []

    def place(config: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(str(config.get(name) or "") for name in connector.place_of)

    if known is not None and place(known.config) != place(draft.config):
        return [
            (
                connector.place_of[-1],
                "Where it leads stays as it is, or its files could not be found again: add another destination there, "
                "then remove this one.",
            )
        ]
    others = Destination.objects.filter(vendor=draft.vendor).exclude(pk=known.pk if known else 0)
    for other in others:
        if place(other.config) == place(draft.config):
            return [(connector.place_of[-1], f"“{other.name}” leads there already.")]
    return []


def _known_secret(scope: Scope, known: Destination) -> dict[str, str]:
    try:
        return secret_of(scope.tenant_id, known)
    except Trouble:
        return {}


def _keep_secret(scope: Scope, destination: Destination, secret: Mapping[str, str]) -> None:
    if secret:
        destination.credential = credentials.keep(scope.tenant_id, VENDOR, str(destination.pk), secret)
        destination.save(update_fields=["credential"])


def _target(destination: Destination) -> str:
    return f"destination:{destination.pk}"
