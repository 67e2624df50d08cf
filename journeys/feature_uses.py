"""Journeys that ask for a feature of the shopper (settings.FEATURE_USES)."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from profiles.segments.uses import Use

from .models import Journey


def by_journeys(feature: str) -> list[Use]:
    """Journeys whose live version or draft names it in a condition."""
    found = []
    for journey in Journey.objects.exclude(status=Journey.Status.ARCHIVED).select_related("live_version"):
        running = journey.live_version is not None and _names(journey.live_version.graph, feature)
        if running or _names(journey.draft, feature):
            url = reverse("admin:journeys_journey_change", args=[journey.pk])
            found.append(Use("Journey", journey.name, url, running))
    return found


def _names(part: Any, feature: str) -> bool:
    """Whether a rule anywhere in a graph is about the feature."""
    if isinstance(part, dict):
        about = part.get("subject") == "feature" and part.get("name") == feature
        return about or any(_names(value, feature) for value in part.values())
    return isinstance(part, list) and any(_names(value, feature) for value in part)
