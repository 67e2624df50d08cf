"""Changes of segments: the change, its audit record, and the pass over everybody that follows from it."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from tenants import audit
from tenants.due import mark_due
from tenants.scope import Scope

from ..traits import services as trait_services
from .checking import checked, is_timed, problems
from .definition import BadDefinition, Problem, parse, users_of
from .forms import EDITED, MOST_SEGMENTS, BadSegment, SegmentForm, free_key
from .judging import judge
from .live import change_definitions
from .models import Segment
from .moments import QUEUE
from .selectors import facts
from .uses import uses_of

Status = Segment.Status


@transaction.atomic
def create_segment(
    scope: Scope, form: SegmentForm, *, actor: str, user: Any = None, key: str = ""
) -> Segment:
    """A draft. Its definition may have gaps, but must have the form of one: raises `BadDefinition`, `BadSegment`."""
    taken = set(Segment.objects.values_list("key", flat=True))
    if len(taken) >= MOST_SEGMENTS:
        raise BadSegment(
            "name", f"There are {MOST_SEGMENTS} segments already; remove some first.", "too_many"
        )
    parse(form.definition)
    segment = Segment(key=key or free_key(form.name, taken), created_by=user)
    _fill(segment, form)
    segment.save()
    audit.record("segment created", f"segment:{segment.pk}", actor, segment=summary(segment))
    return segment


@transaction.atomic
def change_segment(
    scope: Scope, segment: Segment, form: SegmentForm, *, actor: str, seen: str | None = None
) -> Segment:
    """Change a draft or a live segment; everybody is judged again when the definition of a live one changed.

    A live one must stay free of problems: raises `BadDefinition`. A form that changes nothing leaves no trace. `seen`: the
    state (`edition`) that the form began with; `BadSegment` when somebody else has changed it since.
    """
    segment = _held(scope, segment)
    if seen is not None and seen != edition(segment):
        raise BadSegment("", EDITED, "changed_meanwhile")
    before = summary(segment)
    _fill(segment, form)
    if segment.status == Status.LIVE:
        checked(form.definition, facts(segment.key))
    else:
        parse(form.definition)
    _refuse_broken_users(segment)
    after = summary(segment)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changed:
        return segment
    segment.save()
    audit.record("segment changed", f"segment:{segment.pk}", actor, changed=changed)
    if "definition" in changed:
        _judge_again(scope, segment)
    return segment


@transaction.atomic
def go_live(scope: Scope, segment: Segment, *, actor: str) -> Segment:
    """Shoppers enter from now on. Raises `BadDefinition` with everything that has to be mended first."""
    segment = _held(scope, segment)
    if segment.status == Status.LIVE:
        return segment
    node = checked(segment.definition, facts(segment.key))
    segment.status = Status.LIVE
    segment.timed = is_timed(node, facts(segment.key))
    segment.error = ""
    segment.save()
    audit.record("segment went live", f"segment:{segment.pk}", actor, segment=summary(segment))
    _judge_again(scope, segment)
    return segment


@transaction.atomic
def archive(scope: Scope, segment: Segment, *, actor: str) -> Segment:
    """Nobody is in it any more, and nobody is told to have left. Raises `BadSegment` while something running uses it."""
    segment = _held(scope, segment)
    running = [use for use in uses_of(segment) if use.running]
    if running:
        named = ", ".join(f"{use.kind.lower()} “{use.name}”" for use in running[:3])
        raise BadSegment("", f"It is used by {named}. Take it out there first.", "in_use")
    return _set_status(scope, segment, Status.ARCHIVED, "segment archived", actor)


@transaction.atomic
def restore(scope: Scope, segment: Segment, *, actor: str) -> Segment:
    """An archived segment as a draft."""
    return _set_status(scope, _held(scope, segment), Status.DRAFT, "segment restored", actor)


@transaction.atomic
def duplicate(scope: Scope, segment: Segment, *, actor: str, user: Any = None) -> Segment:
    """A draft with the same definition."""
    names = set(Segment.objects.values_list("name", flat=True))
    name = f"{segment.name[:100]} copy"
    number = 1
    while name in names:
        number += 1
        name = f"{segment.name[:100]} copy {number}"
    form = SegmentForm(name, segment.definition, segment.description, segment.restricted)
    return create_segment(scope, form, actor=actor, user=user)


def gaps(segment: Segment) -> list[Problem]:
    """What keeps a segment from going live."""
    try:
        return problems(parse(segment.definition), facts(segment.key))
    except BadDefinition as error:
        return error.problems


def edition(segment: Segment) -> str:
    """Which state of a segment somebody looks at."""
    return segment.updated_at.isoformat()


def summary(segment: Segment) -> dict[str, Any]:
    """A segment as plain JSON, as the audit shows it."""
    return {
        "key": segment.key,
        "name": segment.name,
        "description": segment.description,
        "definition": segment.definition,
        "status": str(segment.status),
        "restricted": segment.restricted,
    }


def _held(scope: Scope, segment: Segment) -> Segment:
    """The segment as it is now; batches wait until the caller's transaction ends."""
    with connection.cursor() as cursor:
        change_definitions(cursor, scope.schema)
    return Segment.objects.select_for_update().get(pk=segment.pk)


def _fill(segment: Segment, form: SegmentForm) -> None:
    segment.name = form.name.strip()
    segment.description = form.description.strip()
    segment.definition = form.definition
    segment.restricted = form.restricted


def _set_status(scope: Scope, segment: Segment, status: str, action: str, actor: str) -> Segment:
    if segment.status == status:
        return segment
    segment.status = status
    segment.cursor = None
    segment.members = 0
    segment.computed_revision = 0
    segment.computed_on = segment.computed_at = None
    segment.save()
    trait_services.forget_unused(scope)
    with connection.cursor() as cursor:
        mark_due(cursor, scope.tenant_id, QUEUE)
    audit.record(action, f"segment:{segment.pk}", actor)
    return segment


def _refuse_broken_users(segment: Segment) -> None:
    """A draft may have gaps, but not while a live segment is defined by it."""
    if segment.status == Status.LIVE:
        return
    live = dict(Segment.objects.filter(status=Status.LIVE).values_list("key", "name"))
    users = users_of(segment.key, facts_documents(segment)) & live.keys()
    if users:
        try:
            checked(segment.definition, facts(segment.key))
        except BadDefinition as error:
            raise BadDefinition(
                [
                    Problem(
                        p.path, p.field, f"{p.message} (“{live[min(users)]}” is defined by this segment.)"
                    )
                    for p in error.problems
                ]
            ) from error


def facts_documents(segment: Segment) -> dict[str, Any]:
    """Definitions by key as they will be, with the segment's own new one."""
    found = dict(Segment.objects.values_list("key", "definition"))
    found[segment.key] = segment.definition
    return found


def _judge_again(scope: Scope, segment: Segment) -> None:
    """Begin passes for the segment and for the live ones that are defined by it."""
    judge(scope, {segment.key} | users_of(segment.key, facts_documents(segment)))
    segment.refresh_from_db()
    trait_services.forget_unused(scope)
