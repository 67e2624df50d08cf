"""Journeys and campaigns that are for the members of a segment (settings.SEGMENT_USES)."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from profiles.models import Segment
from profiles.segments.uses import Use

from .models import Campaign, Journey

_OVER = (Campaign.Status.DONE, Campaign.Status.CANCELLED)
_RUNNING = (Campaign.Status.SCHEDULED, Campaign.Status.RUNNING, Campaign.Status.PAUSED)


def by_campaigns(segment: Segment) -> list[Use]:
    """Campaigns whose audience it is, those that are over aside."""
    found = Campaign.objects.filter(segment=segment).exclude(status__in=_OVER)
    return [
        Use(
            "Campaign",
            campaign.name,
            reverse("admin:journeys_campaign_change", args=[campaign.pk]),
            campaign.status in _RUNNING,
        )
        for campaign in found
    ]


def by_journeys(segment: Segment) -> list[Use]:
    """Journeys whose live version or draft names it: a trigger, a condition, an exit."""
    found = []
    for journey in Journey.objects.exclude(status=Journey.Status.ARCHIVED).select_related("live_version"):
        running = journey.live_version is not None and _names(journey.live_version.graph, segment.key)
        if running or _names(journey.draft, segment.key):
            url = reverse("admin:journeys_journey_change", args=[journey.pk])
            found.append(Use("Journey", journey.name, url, running))
    return found


def _names(part: Any, key: str) -> bool:
    """Whether a field for a segment anywhere in a graph holds the key."""
    if isinstance(part, dict):
        named = any(part.get(field) == key for field in ("segment", "left_segment"))
        return named or any(_names(value, key) for value in part.values())
    return isinstance(part, list) and any(_names(value, key) for value in part)
