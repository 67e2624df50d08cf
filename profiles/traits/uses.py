"""Where a computed trait is used. Rooms above add theirs to settings.TRAIT_USES."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from ..segments.definition import BadDefinition, leaves, parse
from ..segments.models import Segment
from ..segments.uses import Use
from .models import ComputedTrait


def uses_of(trait: ComputedTrait) -> list[Use]:
    """Everything in the connection's tenant that names the trait."""
    return [use for name in settings.TRAIT_USES for use in import_string(name)(trait)]


def by_segments(trait: ComputedTrait) -> list[Use]:
    """Segments with a condition on the trait; a draft does not run."""
    found = []
    for segment in Segment.objects.exclude(status=Segment.Status.ARCHIVED):
        try:
            named = any(
                getattr(leaf, "trait", None) == trait.key for _, leaf in leaves(parse(segment.definition))
            )
        except BadDefinition:
            continue
        if named:
            url = reverse("admin:profiles_segment_change", args=[segment.pk])
            found.append(Use("Segment", segment.name, url, segment.status == Segment.Status.LIVE))
    return found
