"""Start, pause, resume, ramp, stop, archive, duplicate: the state of an experiment and everything that goes with it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tenants import audit, epochs

from ..assignment import BUCKETS, resized
from ..models import Experiment, ExperimentMetric, Layer, Variant
from ..models.experiment import new_salt
from ..running import EPOCH
from .checks import NotReady, Problem, problems
from .overlaps import Overlapping, overlaps

Status = Experiment.Status


@transaction.atomic
def start(schema: str, experiment_id: int, *, actor: str, overlapping: bool = False) -> Experiment:
    """A draft begins to count. Raises `NotReady` with everything that is in the way.

    `overlapping`: somebody was told of the serious overlaps and wants it all the same; without it they raise `Overlapping`.
    """
    experiment = _locked(experiment_id, Status.DRAFT)
    found = problems(experiment)
    if found:
        raise NotReady(found)
    serious = [overlap for overlap in overlaps(experiment) if overlap.serious]
    if serious and not overlapping:
        raise Overlapping(serious)
    _take_buckets(experiment)
    experiment.status, experiment.started_at = Status.RUNNING, timezone.now()
    beside = {"overlapping": [overlap.other.key for overlap in serious]} if serious else {}
    return _changed(
        schema, experiment, "experiment started", actor, traffic=str(experiment.traffic), **beside
    )


@transaction.atomic
def pause(schema: str, experiment_id: int, *, actor: str) -> Experiment:
    """Everybody gets what there is without the experiment; what was counted stays, and buckets stay reserved."""
    experiment = _locked(experiment_id, Status.RUNNING)
    experiment.status = Status.PAUSED
    return _changed(schema, experiment, "experiment paused", actor)


@transaction.atomic
def resume(schema: str, experiment_id: int, *, actor: str) -> Experiment:
    """Everybody gets the variant that they had before."""
    experiment = _locked(experiment_id, Status.PAUSED)
    experiment.status = Status.RUNNING
    return _changed(schema, experiment, "experiment resumed", actor)


@transaction.atomic
def ramp(schema: str, experiment_id: int, traffic: Decimal, *, actor: str) -> Experiment:
    """Let more shoppers take part, or fewer; nobody changes the variant. Raises `NotReady` when the layer is full."""
    experiment = _locked(experiment_id, Status.RUNNING, Status.PAUSED)
    if not 0 < traffic <= 100:
        raise NotReady([Problem("traffic", _("The traffic must be above 0 % and at most 100 %."))])
    before, experiment.traffic = experiment.traffic, traffic
    _take_buckets(experiment)
    return _changed(schema, experiment, "experiment ramped", actor, before=str(before), traffic=str(traffic))


@transaction.atomic
def stop(schema: str, experiment_id: int, *, actor: str, conclusion: str = "") -> Experiment:
    """End it for good: its buckets are free, its results can be read for ever."""
    experiment = _locked(experiment_id, Status.RUNNING, Status.PAUSED)
    experiment.status, experiment.stopped_at = Status.STOPPED, timezone.now()
    experiment.conclusion = conclusion.strip() or experiment.conclusion
    return _changed(schema, experiment, "experiment stopped", actor)


@transaction.atomic
def archive(schema: str, experiment_id: int, *, actor: str) -> Experiment:
    experiment = _locked(experiment_id, Status.STOPPED, Status.DRAFT)
    experiment.status = Status.ARCHIVED
    return _changed(schema, experiment, "experiment archived", actor)


@transaction.atomic
def duplicate(schema: str, experiment_id: int, *, actor: str, user: Any = None) -> Experiment:
    """A draft like it with salts of its own: its shoppers are divided anew."""
    source = Experiment.objects.get(pk=experiment_id)
    variants, uses = list(source.variants.all()), list(source.metrics.all())
    copy = Experiment.objects.get(pk=experiment_id)
    copy.pk, copy._state.adding = None, True
    copy.key, copy.name = free_key(source.name), _("%s (copy)") % source.name[:110]
    copy.status, copy.salt, copy.ranges = Status.DRAFT, new_salt(), []
    copy.started_at = copy.stopped_at = None
    copy.simulated = False
    copy.created_by, copy.conclusion = user, ""
    copy.save(force_insert=True)
    Variant.objects.bulk_create(
        Variant(
            experiment=copy, key=v.key, name=v.name, position=v.position, weight=v.weight,
            is_control=v.is_control, payload=v.payload,
        )
        for v in variants
    )  # fmt: skip
    ExperimentMetric.objects.bulk_create(
        ExperimentMetric(experiment=copy, metric_id=u.metric_id, role=u.role, position=u.position)
        for u in uses
    )
    audit.record("experiment duplicated", f"experiment:{copy.pk}", actor, source=source.pk)
    return copy


def slug(name: str) -> str:
    """A name as a key; what marks letters off keeps them apart: "Red/blue" is red-blue."""
    return slugify(re.sub(r"[^\w\s'’-]+", " ", name))


def free_key(name: str) -> str:
    """A key made from a name that no experiment has."""
    stem = slug(name)[:52].strip("-") or "experiment"
    taken = set(Experiment.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return next(
        key
        for number in range(1, len(taken) + 2)
        if (key := stem if number == 1 else f"{stem}-{number}") not in taken
    )


def room_in(layer: Layer, experiment: Experiment) -> Decimal:
    """Per cent of a layer that no other live experiment has."""
    taken = sum(end - first for ranges in _others(layer, experiment) for first, end in ranges)
    return Decimal(BUCKETS - taken) / 100


def _take_buckets(experiment: Experiment) -> None:
    wanted = BUCKETS if experiment.kind == Experiment.Kind.HOLDOUT else int(experiment.traffic * 100)
    others: list[list[tuple[int, int]]] = []
    if experiment.layer_id is not None:
        # Whoever starts or ramps another experiment of the layer waits here.
        layer = Layer.objects.select_for_update().get(pk=experiment.layer_id)
        others = _others(layer, experiment)
    own = [(int(first), int(end)) for first, end in experiment.ranges]
    try:
        experiment.ranges = [list(piece) for piece in resized(own, wanted, others)]
    except ValueError as error:
        raise NotReady(
            [Problem("traffic", f"{error} Lower the traffic, or choose another layer.")]
        ) from error


def _others(layer: Layer, experiment: Experiment) -> list[list[tuple[int, int]]]:
    rows = (
        Experiment.objects.filter(layer=layer, status__in=(Status.RUNNING, Status.PAUSED))
        .exclude(pk=experiment.pk)
        .values_list("ranges", flat=True)
    )
    return [[(int(first), int(end)) for first, end in ranges] for ranges in rows]


def _locked(experiment_id: int, *allowed: str) -> Experiment:
    """Raises `NotReady` when somebody else has moved it on meanwhile."""
    experiment = Experiment.objects.select_for_update(of=("self",)).get(pk=experiment_id)
    if experiment.status not in allowed:
        state = experiment.get_status_display().lower()
        raise NotReady([Problem("status", _("This experiment is %s: that is not possible now.") % state)])
    return experiment


def _changed(schema: str, experiment: Experiment, action: str, actor: str, **details: Any) -> Experiment:
    experiment.save()
    audit.record(action, f"experiment:{experiment.pk}", actor, key=experiment.key, **details)
    epochs.bump(schema, EPOCH)
    return experiment


@transaction.atomic
def mark_simulated(schema: str, experiment_id: int, *, actor: str) -> Experiment:
    """Say for good that an experiment's shoppers are simulated: it is labelled so wherever it is shown."""
    experiment = _locked(experiment_id, *(state for state in Status if state != Status.ARCHIVED))
    if experiment.simulated:
        return experiment
    experiment.simulated = True
    return _changed(schema, experiment, "experiment simulated", actor)
