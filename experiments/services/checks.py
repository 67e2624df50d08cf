"""What keeps an experiment from starting, in sentences that say what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from profiles.segments.models import Segment

from ..assignment import BUCKETS
from ..models import Experiment, ExperimentMetric, Metric
from ..subjects import cleaned, subject_of


@dataclass(frozen=True, slots=True)
class Problem:
    """`field`: of the builder's form, such as "variants" or "metrics"."""

    field: str
    message: str


class NotReady(Exception):
    """The experiment can't do what was asked; `problems` say why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


def problems(experiment: Experiment) -> list[Problem]:
    """Everything that keeps a draft from starting; empty when it may."""
    return [*_of_target(experiment), *_of_variants(experiment), *_of_metrics(experiment)]


def _of_target(experiment: Experiment) -> Iterator[Problem]:
    subject = subject_of(experiment.kind)
    if experiment.kind == Experiment.Kind.HOLDOUT:
        running = Experiment.objects.filter(kind=Experiment.Kind.HOLDOUT, status__in=("running", "paused"))
        if other := running.exclude(pk=experiment.pk).first():
            yield Problem("kind", _("“%s” is running: there can be one holdout at a time.") % other.name)
    elif subject is not None and experiment.placement not in dict(subject.targets()):
        yield Problem("placement", _("Choose a placement that is switched on."))
    segment = experiment.segment if experiment.kind != Experiment.Kind.HOLDOUT else None
    if segment is not None and segment.status != Segment.Status.LIVE:
        yield Problem("segment", _("The segment “%s” is not live: nobody would take part.") % segment.name)
    if experiment.kind != Experiment.Kind.HOLDOUT and experiment.traffic * (BUCKETS // 100) < 1:
        yield Problem("traffic", _("With a traffic of 0 % nobody would take part."))


def _of_variants(experiment: Experiment) -> Iterator[Problem]:
    variants = list(experiment.variants.all())
    if len(variants) < 2:
        yield Problem("variants", _("Compare at least two variants."))
        return
    total = sum((variant.weight for variant in variants), Decimal(0))
    if total != 100:
        yield Problem(
            "variants", _("The shares sum to %s %%; they must sum to 100 %%.") % f"{total.normalize():f}"
        )
    if sum(variant.is_control for variant in variants) != 1:
        yield Problem("variants", _("Say which variant is the control: the one others are compared with."))
    if experiment.kind == Experiment.Kind.HOLDOUT:
        if len(variants) != 2:
            yield Problem("variants", _("A holdout has two groups: held out, and everybody else."))
        return
    subject = subject_of(experiment.kind)
    if subject is None:
        return
    meant = []
    for variant in variants:
        for message in subject.problems(experiment.placement, variant.payload):
            yield Problem("variants", f"{variant.name}: {message}")
        try:
            meant.append(subject.describe(experiment.placement, cleaned(subject.fields(), variant.payload)))
        except ValueError as error:
            yield Problem("variants", f"{variant.name}: {error}")
    if len(meant) == len(variants) and len(set(meant)) < len(meant):
        yield Problem("variants", _("Two variants show the same: there would be nothing to compare."))


def _of_metrics(experiment: Experiment) -> Iterator[Problem]:
    uses = list(experiment.metrics.select_related("metric"))
    if not any(use.role == ExperimentMetric.Role.PRIMARY for use in uses):
        yield Problem("metrics", _("Choose the primary metric: the one that decides."))
    for use in uses:
        if use.metric.archived:
            yield Problem("metrics", _("The metric “%s” is archived.") % use.metric.name)


def uncounted(experiment: Experiment, secondary: Sequence[int], guardrails: Sequence[int]) -> list[Problem]:
    """Metrics that one that has run can't take up any more: of what no metric of it has counted so far.

    Events are kept for experiments while some metric needs them (running.Running.counted), and never afterwards: such a
    metric would show the shoppers of the first days as if they had done nothing. Its other metrics vouch for what they
    count, in a stopped experiment for as long as their windows last.
    """
    words = _(
        "“%s” can't be added any more: what it counts was not kept from this experiment's start until now. Add it to a "
        "copy of the experiment instead."
    )
    kept: dict[str, int] = {}
    own = set()
    for use in experiment.metrics.select_related("metric"):
        own.add(use.metric_id)
        for what in use.metric.needs:
            kept[what] = max(use.metric.window_days, kept.get(what, 0))
    found = []
    for field, chosen in (("secondary", secondary), ("guardrails", guardrails)):
        for metric in Metric.objects.filter(pk__in=set(chosen) - own):
            days = metric.window_days if experiment.stopped_at is not None else 0
            if any(days > kept.get(what, -1) for what in metric.needs):
                found.append(Problem(field, words % metric.name))
    return found
