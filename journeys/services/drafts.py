"""A journey's life: drafts are saved, versions published, running journeys paused, resumed and archived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from tenants import audit
from tenants.due import mark_due
from tenants.models import Tenant

from ..facts import Problem
from ..graph import BadGraph, parse, validate
from ..hints import JOURNEYS, MESSAGES
from ..models import Journey, JourneyVersion
from ..running import outdate
from ..selectors.facts import facts
from ..words import PAUSED
from .access import give

EMPTY: dict[str, Any] = {"nodes": [], "edges": [], "settings": {}}


class Conflict(Exception):
    """Somebody else saved the draft meanwhile; `revision` is the one that holds now."""

    def __init__(self, revision: int) -> None:
        super().__init__(
            "Somebody else has saved this journey meanwhile. Load it again to see their changes."
        )
        self.revision = revision


class NotPublishable(Exception):
    """The draft has problems."""

    def __init__(self, problems: list[Problem]) -> None:
        count = len(problems)
        super().__init__(
            f"This journey can't be published yet: {count} problem{'' if count == 1 else 's'} to solve."
        )
        self.problems = problems


class WrongState(Exception):
    """The journey's status does not allow it; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Saved:
    revision: int
    problems: list[Problem]


@transaction.atomic
def create_journey(
    name: str,
    *,
    actor: str,
    user: Any = None,
    graph: dict[str, Any] | None = None,
    seed: str = "",
    description: str = "",
) -> Journey:
    """A new draft, empty or with a graph. Raises `BadGraph`."""
    if graph is not None:
        parse(graph)
    journey = Journey.objects.create(
        name=name.strip()[:120] or "New journey",
        description=description,
        draft=graph or EMPTY,
        seed=seed,
        created_by=user,
    )
    give(user, journey)
    audit.record("journey created", f"journey:{journey.pk}", actor, seed=seed)
    return journey


@transaction.atomic
def duplicate(journey: Journey, *, actor: str, user: Any = None) -> Journey:
    """The draft as a new journey of its own."""
    copy = create_journey(f"{journey.name} (copy)", actor=actor, user=user, graph=journey.draft)
    Journey.objects.filter(pk=copy.pk).update(description=journey.description, seed=journey.seed)
    return copy


@transaction.atomic
def save_draft(journey_id: int, graph: Any, revision: int, *, actor: str) -> Saved:
    """Keep the draft as it is, problems included, when nobody saved after `revision`.

    Raises `Conflict`, `BadGraph` (not a graph at all) and `WrongState` (archived).
    """
    journey = Journey.objects.select_for_update().get(pk=journey_id)
    if journey.status == Journey.Status.ARCHIVED:
        raise WrongState("An archived journey can't be edited; duplicate it instead.")
    if journey.revision != revision:
        raise Conflict(journey.revision)
    parse(graph)
    if graph != journey.draft:
        journey.draft = graph
        journey.revision += 1
        journey.save(update_fields=["draft", "revision", "updated_at"])
        audit.record("journey draft saved", f"journey:{journey.pk}", actor, revision=journey.revision)
    return Saved(journey.revision, validate(graph, facts()))


@transaction.atomic
def publish(journey_id: int, *, actor: str, user: Any = None, revision: int | None = None) -> JourneyVersion:
    """The draft becomes the version that newcomers enter; who is inside finishes on theirs.

    Raises `NotPublishable`, `WrongState`, and `Conflict` when the draft is no longer at `revision`.
    """
    journey = Journey.objects.select_for_update().get(pk=journey_id)
    if journey.status == Journey.Status.ARCHIVED:
        raise WrongState("An archived journey can't be published; duplicate it instead.")
    if revision is not None and revision != journey.revision:
        raise Conflict(journey.revision)
    problems = validate(journey.draft, facts())
    if problems:
        raise NotPublishable(problems)
    last = journey.versions.order_by("-number").first()
    if last is not None and last.graph == journey.draft and journey.live_version_id == last.pk:
        version = last
    else:
        version = JourneyVersion.objects.create(
            journey=journey,
            number=last.number + 1 if last else 1,
            graph=journey.draft,
            published_by=user,
        )
    journey.live_version = version
    journey.status = Journey.Status.LIVE
    journey.save(update_fields=["live_version", "status", "updated_at"])
    audit.record("journey published", f"journey:{journey.pk}", actor, version=version.number)
    _changed()
    return version


@transaction.atomic
def pause(journey_id: int, *, actor: str) -> Journey:
    """Nobody enters; who is inside stays where they are; messages wait."""
    return _move(journey_id, Journey.Status.LIVE, Journey.Status.PAUSED, "paused", actor)


@transaction.atomic
def resume(journey_id: int, *, actor: str) -> Journey:
    """Go on: what came due meanwhile happens now."""
    journey = _move(journey_id, Journey.Status.PAUSED, Journey.Status.LIVE, "resumed", actor)
    with connection.cursor() as cursor:
        # They were put off; consent, quiet hours and the cap are asked again.
        cursor.execute(
            """UPDATE journeys_message SET due_at = now() WHERE id IN (SELECT id FROM journeys_message
                WHERE journey_id = %s AND state = 'delayed' AND reason = %s FOR UPDATE SKIP LOCKED)""",
            [journey_id, PAUSED],
        )
        mark_due(cursor, _tenant_id(), MESSAGES)
    return journey


@transaction.atomic
def archive(journey_id: int, *, actor: str) -> Journey:
    """Nobody enters any more; who is inside leaves with the outcome “stopped”; messages not yet sent are skipped."""
    return _move(journey_id, None, Journey.Status.ARCHIVED, "archived", actor)


def _move(journey_id: int, wanted: str | None, status: str, verb: str, actor: str) -> Journey:
    journey = Journey.objects.select_for_update().get(pk=journey_id)
    if journey.status == status:
        return journey
    if wanted is not None and journey.status != wanted:
        raise WrongState(f"This journey is {journey.get_status_display().lower()}; it can't be {verb}.")
    journey.status = status
    journey.save(update_fields=["status", "updated_at"])
    audit.record(f"journey {verb}", f"journey:{journey.pk}", actor)
    _changed()
    return journey


def _changed() -> None:
    with connection.cursor() as cursor:
        outdate(cursor, _schema())
        mark_due(cursor, _tenant_id(), JOURNEYS)


def _schema() -> str:
    name: str = connection.schema_name  # type: ignore[attr-defined]  # django-tenants' connection
    return name


def _tenant_id() -> int:
    return Tenant.objects.values_list("pk", flat=True).get(schema_name=_schema())


__all__ = [
    "BadGraph",
    "Conflict",
    "NotPublishable",
    "Saved",
    "WrongState",
    "archive",
    "create_journey",
    "duplicate",
    "pause",
    "publish",
    "resume",
    "save_draft",
]
