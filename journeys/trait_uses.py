"""Where journeys and templates use a computed trait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from profiles.segments.uses import Use
from profiles.traits.models import ComputedTrait

from .models import Journey, MessageTemplate


def by_journeys(trait: ComputedTrait) -> list[Use]:
    """Journeys with a condition on the trait, in the draft or in the version that runs."""
    name, found = f"traits.{trait.key}", []
    for journey in Journey.objects.exclude(status=Journey.Status.ARCHIVED).select_related("live_version"):
        published = journey.live_version.graph if journey.live_version else None
        if name in {*_names(journey.draft), *_names(published)}:
            url = reverse("admin:journeys_journey_change", args=[journey.pk])
            found.append(Use("Journey", journey.name, url, name in set(_names(published))))
    return found


def by_templates(trait: ComputedTrait) -> list[Use]:
    """Templates that show the trait; without it they would show nothing in its place."""
    mark = re.compile(rf"shopper\.traits\.{re.escape(trait.key)}\b")
    return [
        Use("Template", one.name, reverse("admin:journeys_messagetemplate_change", args=[one.pk]), True)
        for one in MessageTemplate.objects.all()
        if any(mark.search(part) for part in (one.subject, one.html, one.text))
    ]


def _names(value: Any) -> Iterator[str]:
    """What the rules of a graph look at."""
    if isinstance(value, dict):
        if value.get("subject") == "feature" and isinstance(value.get("name"), str):
            yield value["name"]
        for part in value.values():
            yield from _names(part)
    elif isinstance(value, list):
        for part in value:
            yield from _names(part)
