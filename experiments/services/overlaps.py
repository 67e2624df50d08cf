"""The overlap alarm: experiments that may disturb each other, because the same shoppers meet both at once."""

from __future__ import annotations

from dataclasses import dataclass

from ..models import Experiment


@dataclass(frozen=True, slots=True)
class Overlap:
    """`same_place`: both change the same thing, so one hides the other; `metrics`: names of those that both look at."""

    other: Experiment
    same_place: bool
    metrics: tuple[str, ...]

    @property
    def serious(self) -> bool:
        return self.same_place and bool(self.metrics)


def overlaps(experiment: Experiment) -> list[Overlap]:
    """Live experiments that share shoppers with this one and its placement or a metric; the serious ones first.

    Experiments of one layer share nobody. Two segments may have members in common, so they keep nobody apart.
    """
    if experiment.kind == Experiment.Kind.HOLDOUT:
        return []
    others = (
        Experiment.objects.filter(status__in=(Experiment.Status.RUNNING, Experiment.Status.PAUSED))
        .exclude(pk=experiment.pk)
        .exclude(kind=Experiment.Kind.HOLDOUT)
        .prefetch_related("metrics__metric")
    )
    mine = {use.metric_id for use in experiment.metrics.all()}
    found = []
    for other in others:
        if experiment.layer_id is not None and other.layer_id == experiment.layer_id:
            continue
        shared = tuple(use.metric.name for use in other.metrics.all() if use.metric_id in mine)
        same = experiment.kind == Experiment.Kind.PLACEMENT and other.subject == experiment.subject
        if same or shared:
            found.append(Overlap(other, same, shared))
    return sorted(
        found, key=lambda overlap: (not overlap.serious, not overlap.same_place, overlap.other.name)
    )
