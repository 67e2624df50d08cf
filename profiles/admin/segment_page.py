"""One segment's page: what is shown, and what a submitted form means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest
from django.urls import reverse

from tenants.console.plots import columns
from tenants.workspace.models import User

from ..models import Aggregate, ComputedTrait, Segment
from ..segments import access, services
from ..segments.definition import BadDefinition, Problem, parse
from ..segments.forms import BadSegment, SegmentForm
from ..segments.models import everybody
from ..segments.needs import needs
from ..segments.ready import READY
from ..segments.selectors import daily_sizes, documents, facts, sizes
from ..segments.uses import uses_of
from ..segments.words import described
from ..traits.progress import progress_of
from .segment_catalogue import catalogue


@dataclass
class Draft:
    """What the form holds, as stored or as submitted."""

    name: str = ""
    description: str = ""
    definition: Any = None
    restricted: bool = False
    editors: tuple[int, ...] = ()


def stored(segment: Segment | None, start: str) -> Draft:
    """The form of a stored segment, or of a new one that begins with a ready definition."""
    if segment is not None:
        editors = tuple(user.pk for user in access.named(segment))
        return Draft(segment.name, segment.description, segment.definition, segment.restricted, editors)
    ready = next((r for r in READY if r.key == start), None)
    if ready is not None:
        return Draft(ready.name, ready.description, ready.definition)
    return Draft(definition=everybody())


def submitted(request: HttpRequest) -> Draft:
    try:
        definition = orjson.loads(request.POST.get("definition", ""))
    except orjson.JSONDecodeError:
        definition = None
    able = {user.pk for user in able_editors()}
    chosen = [int(pk) for pk in request.POST.getlist("editors") if pk.isdigit() and int(pk) in able]
    return Draft(
        request.POST.get("name", ""),
        request.POST.get("description", ""),
        definition,
        bool(request.POST.get("restricted")),
        tuple(chosen),
    )


def save(request: HttpRequest, segment: Segment | None, draft: Draft, *, live: bool) -> tuple[Segment, str]:
    """Store the form; the segment, and what to tell. Raises `BadSegment` and `BadDefinition`; then nothing is stored."""
    from django.db import transaction

    from tenants import audit

    scope, actor = scope_of(request), audit.staff(request.user)
    form = SegmentForm(draft.name, draft.definition, draft.description, draft.restricted)
    with transaction.atomic():
        if segment is None:
            segment = services.create_segment(scope, form, actor=actor, user=request.user)
        else:
            segment = services.change_segment(
                scope, segment, form, actor=actor, seen=request.POST.get("edition")
            )
        users = list(User.objects.filter(pk__in=draft.editors))
        if draft.restricted and not any(user.pk == request.user.pk for user in users):
            users.append(request.user)  # type: ignore[arg-type]  # staff
        access.name_editors(segment, users if draft.restricted else [], actor=actor)
        if live:
            segment = services.go_live(scope, segment, actor=actor)
            return segment, f"“{segment}” is live. Shoppers enter while everybody is looked at."
    told = "Saved."
    if segment.status == Segment.Status.DRAFT:
        told = "Saved as a draft. Nobody is in it until it goes live."
    elif segment.under_way:
        told = "Saved. Everybody is looked at again; the members follow in a moment."
    return segment, told


def context(
    request: HttpRequest,
    segment: Segment | None,
    draft: Draft,
    error: BadSegment | BadDefinition | None = None,
) -> dict[str, Any]:
    user: Any = request.user
    may = user.has_perm("profiles.add_segment") if segment is None else access.may_change(user, segment)
    problems = error.problems if isinstance(error, BadDefinition) else []
    if error is None and segment is not None:
        problems = services.gaps(segment)
    return {
        "segment": segment,
        "edition": services.edition(segment) if segment else "",
        "draft": draft,
        "definition": draft.definition if isinstance(draft.definition, dict) else everybody(),
        "catalogue": catalogue(segment, request.tenant.currency),  # type: ignore[attr-defined]  # HostTenantMiddleware
        "problems": [vars(p) if isinstance(p, Problem) else p for p in problems],
        "error": str(error) if error else "",
        "error_field": error.field if isinstance(error, BadSegment) else "",
        "may_change": may,
        "may_add": user.has_perm("profiles.add_segment"),
        "may_see_people": user.has_perm("profiles.view_profile"),
        "able": able_editors() if may else [],
        "ready": READY if segment is None else (),
        "uses": uses_of(segment) if segment else [],
        "words": described(segment.definition, facts(segment.key)) if segment else "",
        "list_url": reverse("admin:profiles_segment_changelist"),
        **(state(segment) if segment else {}),
        **(history(segment) if segment else {}),
    }


def history(segment: Segment) -> dict[str, Any]:
    """The size day by day, once there are two days to compare."""
    days = daily_sizes(segment.pk)
    if len(days) < 2 or segment.status != Segment.Status.LIVE:
        return {}
    labels = [f"{day.day.day} {day.day:%b}" for day in days]
    tips = [
        f"{label}: {day.members:,} in it, {day.entered:,} came, {day.left:,} left"
        for label, day in zip(labels, days, strict=True)
    ]
    week = days[-7:]
    return {
        "plot": columns(labels, {"Members": [day.members for day in days]}, tips=tips),
        "came": sum(day.entered for day in week),
        "went": sum(day.left for day in week),
        "plot_days": len(days),
    }


def state(segment: Segment) -> dict[str, Any]:
    """What the header shows, and polls while a pass is under way."""
    from django.db.models import Max

    from ..models import Profile

    live = segment.status == Segment.Status.LIVE
    working = segment.under_way
    share, progress = None, None
    if working:
        progress = progress_of(_waited_for(segment))
        last = Profile.objects.aggregate(last=Max("pk"))["last"] or 0
        share = min(100, round(100 * (segment.cursor or 0) / last)) if last else 100
    return {
        "segment": segment,
        "size": sizes().get(segment.pk, 0),
        "working": working,
        "share": share,
        "progress": progress,
        "live": live,
    }


def _waited_for(segment: Segment) -> list[int]:
    """The measures that the segment asks for."""
    try:
        wanted = needs(parse(segment.definition), documents())
    except BadDefinition:
        return []
    found = Aggregate.objects.filter(digest__in=wanted.measures).values_list("pk", flat=True)
    traits = ComputedTrait.objects.filter(key__in=wanted.traits, shown=None).values_list(
        "aggregate", flat=True
    )
    return [*found, *(pk for pk in traits if pk)]


def able_editors() -> list[User]:
    """Staff whose role may change segments at all."""
    staff = User.objects.filter(is_active=True, is_staff=True).order_by("username")
    return [user for user in staff if user.has_perm(access.CHANGE)]


def scope_of(request: HttpRequest) -> Any:
    from tenants import keyring

    return keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware
