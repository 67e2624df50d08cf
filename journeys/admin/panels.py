"""What this room adds to the page of a shopper: the journeys they are in, and the messages they got."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from profiles.models import Profile

from ..models import Enrolment, Message, MessageTemplate
from .messages import TONE

SHOWN = 6


def journeys_of(request: HttpRequest, profile: Profile) -> dict[str, Any] | None:
    """The latest enrolments and messages; None for who may not see journeys."""
    if not request.user.has_perm("journeys.view_journey"):  # type: ignore[union-attr]  # staff
        return None
    enrolments = Enrolment.objects.filter(profile_id=profile.pk).select_related("journey")
    messages = list(Message.objects.filter(profile_id=profile.pk).order_by("-created_at")[:SHOWN])
    names = dict(
        MessageTemplate.objects.filter(pk__in={m.template_id for m in messages}).values_list("pk", "name")
    )
    return {
        "template": "console/journeys/parts/shopper_panel.html",
        "column": "did",
        "enrolments": list(enrolments.order_by("-entered_at")[:SHOWN]),
        "messages": [
            {"message": m, "name": names.get(m.template_id, "Message"), "tone": TONE.get(m.state, "")}
            for m in messages
        ],
    }
