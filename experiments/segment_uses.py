"""Experiments that are for the members of a segment (settings.SEGMENT_USES)."""

from __future__ import annotations

from django.urls import reverse

from profiles.segments.models import Segment
from profiles.segments.uses import Use

from .models import Experiment


def by_experiments(segment: Segment) -> list[Use]:
    found = Experiment.objects.filter(segment=segment).exclude(status=Experiment.Status.ARCHIVED)
    return [
        Use(
            "Experiment", one.name, reverse("admin:experiments_experiment_change", args=[one.pk]), one.is_live
        )
        for one in found
    ]
