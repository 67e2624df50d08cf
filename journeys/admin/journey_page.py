"""What the page of one journey shows: figures, who may change it, and the latest shoppers with their steps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from guardian.shortcuts import get_users_with_perms

from profiles.admin import people
from profiles.models import Profile
from tenants import audit
from tenants.workspace.models import User

from ..models import Enrolment, Journey, Step
from ..nodes import NODES
from ..seeds import start as start_seed
from ..selectors import goal_revenue, overview
from ..services import access, drafts

PER_PAGE = 20
STATES = {
    "": "Everybody",
    "inside": "In progress",
    "goal": "Reached the goal",
    "out": "Left",
    "failed": "Failed",
}
_OUTCOME_TONE = {"goal": "good", "completed": "good", "failed": "bad", "stopped": "warn"}


class NameForm(forms.ModelForm):
    class Meta:
        model = Journey
        fields = ("name", "description")


def start(request: HttpRequest) -> Journey:
    """A journey from the chosen template with the messages it needs, or an empty one. KeyError: no such template."""
    chosen, actor = request.POST.get("seed", ""), audit.staff(request.user)
    if not chosen:
        return drafts.create_journey("New journey", actor=actor, user=request.user)
    return start_seed(chosen, actor=actor, user=request.user)


def editors(ids: list[str]) -> list[User]:
    """Staff whose role may change journeys at all, among those chosen."""
    return [user for user in _able() if str(user.pk) in ids]


def _able() -> list[User]:
    staff = User.objects.filter(is_active=True, is_staff=True).prefetch_related("groups")
    return [user for user in staff if user.has_perm(access.CHANGE)]


def context(request: HttpRequest, journey: Journey) -> dict[str, Any]:
    state = request.GET.get("who", "")
    rows = _filtered(Enrolment.objects.filter(journey=journey), state)
    page = Paginator(rows.order_by("-entered_at")[:10_000], PER_PAGE).get_page(request.GET.get("p"))
    named = get_users_with_perms(journey, only_with_perms_in=["change_journey"], with_group_users=False)
    whole = overview(journey)
    return {
        "journey": journey,
        "whole": whole,
        "goal_revenue": goal_revenue(journey),
        "goal_percent": f"{100 * (whole.goal_rate or 0):.1f}",
        "version": journey.live_version,
        "may_change": access.may_change(request.user, journey),
        "may_add": request.user.has_perm("journeys.add_journey"),  # type: ignore[union-attr]  # staff
        "able": _able(),
        "named": {getattr(user, "pk", None) for user in named} if journey.restricted else set(),
        "page": page,
        "rows": ways(request, list(page)),
        "states": STATES.items(),
        "chosen": state,
        "currency": request.tenant.currency,  # type: ignore[attr-defined]  # HostTenantMiddleware
        "archived": journey.status == Journey.Status.ARCHIVED,
    }


def _filtered(rows: QuerySet[Enrolment], state: str) -> QuerySet[Enrolment]:
    wanted = {
        "inside": Q(finished_at__isnull=True),
        "goal": Q(goal_at__isnull=False),
        "out": Q(finished_at__isnull=False),
        "failed": Q(outcome="failed"),
    }.get(state)
    return rows.filter(wanted) if wanted is not None else rows


def ways(request: HttpRequest, enrolments: list[Enrolment]) -> list[dict[str, Any]]:
    """Each enrolment with the shopper's name and every step in words; four queries for any number."""
    ids = [enrolment.profile_id for enrolment in enrolments]
    names = people.names(request, ids)
    shoppers = {profile.pk: profile for profile in Profile.objects.filter(pk__in=ids)}
    labels = _labels(enrolments)
    steps: dict[int, list[dict[str, Any]]] = {}
    for step in Step.objects.filter(enrolment_id__in=[e.pk for e in enrolments]).order_by("visit", "id"):
        label = labels.get((step.enrolment_id, step.node), "Journey")
        steps.setdefault(step.enrolment_id, []).append({"step": step, "label": label})
    return [
        {
            "enrolment": enrolment,
            "shopper": shoppers.get(enrolment.profile_id),
            "name": names.get(enrolment.profile_id)
            or str(shoppers.get(enrolment.profile_id) or "An erased shopper"),
            "here": labels.get((enrolment.pk, enrolment.node), ""),
            "tone": _OUTCOME_TONE.get(enrolment.outcome, ""),
            "steps": steps.get(enrolment.pk, []),
        }
        for enrolment in enrolments
    ]


def _labels(enrolments: list[Enrolment]) -> dict[tuple[int, str], str]:
    """(enrolment, node key) → what the step is called, from the version that the shopper is on."""
    versions = {e.version_id: e.version.graph for e in Enrolment.objects.select_related("version").filter(
        pk__in=[e.pk for e in enrolments])}  # fmt: skip
    by_version = {
        pk: {
            node["key"]: NODES[node["type"]].label if node["type"] in NODES else node["type"]
            for node in graph["nodes"]
        }
        for pk, graph in versions.items()
    }
    return {
        (enrolment.pk, key): label
        for enrolment in enrolments
        for key, label in by_version.get(enrolment.version_id, {}).items()
    }
