"""The overlap alarm: experiments that may disturb each other, because the same shoppers meet both at once."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Experiment
from .checks import NotReady, Problem


@dataclass(frozen=True, slots=True)
class Overlap:
    """`same_place`: both change the same thing, so one hides the other; `metrics`: names of those that both look at."""

    other: Experiment
    same_place: bool
    metrics: tuple[str, ...]

    @property
    def serious(self) -> bool:
        return self.same_place and bool(self.metrics)


class Overlapping(NotReady):
    """Others run in the same place on the same metric; the start has to be confirmed."""

    def __init__(self, found: list[Overlap]) -> None:
        words = _(
            "“%s” runs in the same placement and looks at the same metric, so the two would falsify each other. Put both "
            "into a layer, or wait until it has ended."
        )
        super().__init__([Problem("layer", words % overlap.other.name) for overlap in found])
        self.overlaps = found


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Another that ran in the same placement meanwhile. `same_change`: some field is changed by both, and then whoever
    started first, `earlier` for the other, has the shoppers of both."""

    other: Experiment
    same_change: bool
    earlier: bool


def at_once(experiment: Experiment) -> list[AtOnce]:
    """The experiments of the same placement that shared shoppers with one that has run, whether or not they still do."""
    if experiment.kind != Experiment.Kind.PLACEMENT or experiment.started_at is None:
        return []
    end = experiment.stopped_at or timezone.now()
    others = (
        Experiment.objects.filter(
            Q(stopped_at__isnull=True) | Q(stopped_at__gt=experiment.started_at),
            kind=Experiment.Kind.PLACEMENT,
            placement=experiment.placement,
            started_at__lt=end,
        )
        .exclude(pk=experiment.pk)
        .exclude(layer__isnull=False, layer=experiment.layer)
        .order_by(F("started_at"), F("pk"))
        .prefetch_related("variants")
    )
    mine, me = _fields(experiment), (experiment.started_at, experiment.pk)
    return [
        AtOnce(other, bool(mine & _fields(other)), (other.started_at, other.pk) < me)
        for other in others
        if other.started_at is not None
    ]


def _fields(experiment: Experiment) -> set[str]:
    return {name for variant in experiment.variants.all() for name in variant.payload}


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
