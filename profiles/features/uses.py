"""Where a feature is used. Rooms above add theirs to settings.FEATURE_USES."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from ..segments.definition import BadDefinition, leaves, parse
from ..segments.models import Segment
from ..segments.uses import Use


def uses_of(feature: str) -> list[Use]:
    """Everything in the connection's tenant that names the feature."""
    return [use for name in settings.FEATURE_USES for use in import_string(name)(feature)]


def by_segments(feature: str) -> list[Use]:
    """Segments with a condition on it, archived ones aside."""
    found = []
    for segment in Segment.objects.exclude(status=Segment.Status.ARCHIVED).order_by("name"):
        try:
            conditions = [leaf for _, leaf in leaves(parse(segment.definition))]
        except BadDefinition:
            continue
        if any(getattr(condition, "feature", "") == feature for condition in conditions):
            url = reverse("admin:profiles_segment_change", args=[segment.pk])
            found.append(Use("Segment", segment.name, url, segment.status == Segment.Status.LIVE))
    return found
