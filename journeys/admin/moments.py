"""Messages and journeys on a shopper's timeline."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.urls import reverse

from profiles.life.entries import Moment
from profiles.models import Profile

from ..models import Enrolment, Message, MessageTemplate
from .messages import TONE

_ICONS = {"email": "mail", "sms": "sms", "webhook": "webhook"}


def messages(request: HttpRequest, profile: Profile, before: dt.datetime | None, limit: int) -> list[Moment]:
    """What was sent, with what the shopper did with it."""
    if not request.user.has_perm("journeys.view_message"):  # type: ignore[union-attr]  # staff
        return []
    rows = Message.objects.filter(profile_id=profile.pk)
    if before is not None:
        rows = rows.filter(created_at__lt=before)
    found = list(rows.order_by("-created_at")[:limit])
    names = dict(
        MessageTemplate.objects.filter(pk__in={m.template_id for m in found}).values_list("pk", "name")
    )
    return [
        Moment(
            message.created_at,
            "messages",
            _ICONS.get(message.channel, "outgoing_mail"),
            names.get(message.template_id, "Message"),
            f"{message.get_channel_display()}, {_state(message)}",
            reverse("admin:journeys_message_change", args=[message.pk]),
            TONE.get(message.state, ""),
        )
        for message in found
    ]


def journeys(request: HttpRequest, profile: Profile, before: dt.datetime | None, limit: int) -> list[Moment]:
    """Journeys that took the shopper in."""
    if not request.user.has_perm("journeys.view_journey"):  # type: ignore[union-attr]  # staff
        return []
    rows = Enrolment.objects.filter(profile_id=profile.pk).select_related("journey")
    if before is not None:
        rows = rows.filter(entered_at__lt=before)
    return [
        Moment(
            enrolment.entered_at,
            "changes",
            "account_tree",
            f"Entered the journey “{enrolment.journey.name}”",
            url=reverse("admin:journeys_journey_change", args=[enrolment.journey_id]),
        )
        for enrolment in rows.order_by("-entered_at")[:limit]
    ]


def _state(message: Message) -> str:
    if message.clicked_at:
        return "clicked"
    return "opened" if message.opened_at else str(message.get_state_display()).lower()
