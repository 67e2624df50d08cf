"""Where a segment is used. Rooms above add theirs to settings.SEGMENT_USES."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from .definition import BadDefinition, parse, users_of, uses
from .models import Segment


@dataclass(frozen=True)
class Use:
    """`kind`: "Segment", "Journey" …; `running`: whether taking the segment away now would change what happens."""

    kind: str
    name: str
    url: str
    running: bool


def uses_of(segment: Segment) -> list[Use]:
    """Everything in the connection's tenant that names the segment."""
    return [use for name in settings.SEGMENT_USES for use in import_string(name)(segment)]


def by_segments(segment: Segment) -> list[Use]:
    """Other segments whose definition names this one. A draft counts as running while a live segment is defined by it."""
    others = list(Segment.objects.exclude(pk=segment.pk).exclude(status=Segment.Status.ARCHIVED))
    documents = {other.key: other.definition for other in others}
    live = {other.key for other in others if other.status == Segment.Status.LIVE}
    found = []
    for other in others:
        try:
            named = uses(parse(other.definition))
        except BadDefinition:
            continue
        if segment.key in named:
            url = reverse("admin:profiles_segment_change", args=[other.pk])
            running = not live.isdisjoint({other.key} | users_of(other.key, documents))
            found.append(Use("Segment", other.name, url, running))
    return found
