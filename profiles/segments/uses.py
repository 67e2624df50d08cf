"""Where a segment is used. Rooms above add theirs to settings.SEGMENT_USES."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from .definition import BadDefinition, parse, uses
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
    """Other segments whose definition names this one."""
    found = []
    for other in Segment.objects.exclude(pk=segment.pk).exclude(status=Segment.Status.ARCHIVED):
        try:
            named = uses(parse(other.definition))
        except BadDefinition:
            continue
        if segment.key in named:
            url = reverse("admin:profiles_segment_change", args=[other.pk])
            found.append(Use("Segment", other.name, url, other.status == Segment.Status.LIVE))
    return found
