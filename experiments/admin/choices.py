"""What the builder offers to choose from."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from profiles.segments.models import Segment

from ..models import Experiment, Layer, Metric
from ..subjects import subject_of

Choices = list[tuple[str, Any]]


def choices_for(experiment: Experiment | None) -> dict[str, Choices]:
    """By field: what is in use, and whatever the experiment itself names already.

    Without the latter, saving another name would take away a guardrail that has been archived since, and refuse an
    experiment whose placement was switched off since.
    """
    metrics, uses = Q(archived=False), []
    segments = Q(status=Segment.Status.LIVE)
    if experiment is not None:
        uses = [use.metric_id for use in experiment.metrics.all()]
        metrics |= Q(pk__in=uses)
        segments |= Q(pk=experiment.segment_id)
    named: Choices = [
        (str(m.pk), _("%s (archived)") % m.name if m.archived else m.name)
        for m in Metric.objects.filter(metrics)
    ]
    return {
        "placement": _placements(experiment),
        "segment": [
            ("", _("Everybody")),
            *((str(s.pk), _shown(s)) for s in Segment.objects.filter(segments)),
        ],
        "layer": [
            ("", _("None: it may overlap others")),
            *((str(x.pk), x.name) for x in Layer.objects.all()),
        ],
        "primary": [("", _("Choose a metric")), *named],
        "secondary": named,
        "guardrails": named,
    }


def _placements(experiment: Experiment | None) -> Choices:
    subject = subject_of(Experiment.Kind.PLACEMENT)
    there: Choices = list(subject.targets()) if subject else []
    own = experiment.placement if experiment is not None else ""
    if own and own not in dict(there):
        there.append((own, _("%s (switched off)") % own))
    return there


def _shown(segment: Segment) -> Any:
    if segment.status == Segment.Status.LIVE:
        return segment.name
    return _("%(name)s (%(status)s)") % {
        "name": segment.name,
        "status": segment.get_status_display().lower(),
    }
