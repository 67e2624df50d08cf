"""The experiments that run, compiled: who gets which variant, without a query.

A tenant's are compiled once per process and again when the counter "experiments" of tenants.epochs has moved.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from tenants import epochs
from tenants.db import tenant_connection

from .assignment import bucket, choose, shares, within
from .models import Experiment, ExperimentMetric

EPOCH = "experiments"


@dataclass(frozen=True, slots=True)
class Arm:
    """The variant of one experiment that a unit is in. `payload`: what the variant changes; empty for the control.

    `for_segment`: whether only members of a segment meet the experiment, so that its name tells of whom it meets.
    """

    experiment_id: int
    experiment_key: str
    variant_id: int
    variant_key: str
    payload: dict[str, Any]
    for_segment: bool = False


@dataclass(frozen=True, slots=True)
class Compiled:
    """An experiment as assignment needs it (docs/experiments.md); `arms[i]` has the share that ends at `ends[i]`."""

    arms: tuple[Arm, ...]
    ends: tuple[int, ...]
    salt: str
    traffic_salt: str
    ranges: tuple[tuple[int, int], ...]
    segment_id: int | None
    control: int
    # What any of the variants changes. The control of an experiment on the size wants the size too.
    fields: frozenset[str] = frozenset()

    def takes(self, unit: bytes) -> bool:
        return within(bucket(self.traffic_salt, unit), self.ranges)

    def arm(self, unit: bytes) -> Arm:
        return self.arms[choose(bucket(self.salt, unit), self.ends)]


@dataclass(frozen=True, slots=True)
class Running:
    """`subjects`: what runs on each; `counted`: conversions that some metric needs, until when (see Metric.counted)."""

    holdout: Compiled | None = None
    subjects: Mapping[str, tuple[Compiled, ...]] = field(default_factory=dict)
    counted: Mapping[str, dt.datetime] = field(default_factory=dict)
    # Whether anything ever ran, so that merges of units have something to change.
    ever: bool = False

    def assign(
        self,
        unit: bytes,
        *,
        subject: str,
        segments: frozenset[int] | None = None,
        settled: frozenset[str] = frozenset(),
    ) -> tuple[Arm, ...]:
        """The arms of a unit that meets `subject`: "placement:KEY", or "experiment:KEY" for one asked for by its key.

        `segments`: ids of those it is a member of; None when nobody looked, and then experiments on a segment leave it
        out. `settled`: fields of payloads that the request itself decides; who changes nothing else is not met.

        Of two experiments that change the same field, the one that started first has the units that are in both; the
        other does without them, in all of its variants. Which units those are follows from the first's buckets and
        segment alone, so the other stays an unbiased comparison, of fewer shoppers.

        A unit that is held out gets the holdout's arm alone, and that only where it would have met an experiment:
        so both groups of the holdout are counted at the same moments.
        """
        there = self.subjects.get(subject)
        if not there:
            return ()
        arms = _arms(there, unit, segments, settled)
        if not arms or self.holdout is None:
            return arms
        held = self.holdout.arm(unit)
        return (held,) if held is self.holdout.arms[self.holdout.control] else (held, *arms)

    def forced(self, subject: str, experiment_key: str, variant_key: str) -> tuple[Arm, ...]:
        """The named variant of an experiment that runs on `subject`, whoever asks; empty when there is none."""
        for one in self.subjects.get(subject, ()):
            for arm in one.arms:
                if (arm.experiment_key, arm.variant_key) == (experiment_key, variant_key):
                    return (arm,)
        return ()

    def segments_of(self, subject: str) -> tuple[int, ...]:
        """The segments whose members have to be known before `assign`; none for most subjects."""
        there = self.subjects.get(subject, ())
        return tuple(sorted({one.segment_id for one in there if one.segment_id is not None}))

    def may_meet(self, unit: bytes) -> bool:
        """Whether some running experiment would take the unit, wherever it goes."""
        return any(one.takes(unit) for there in self.subjects.values() for one in there)


def _arms(
    there: Sequence[Compiled], unit: bytes, segments: frozenset[int] | None, settled: frozenset[str]
) -> tuple[Arm, ...]:
    arms: list[Arm] = []
    claimed: frozenset[str] = frozenset()
    for one in there:
        if one.segment_id is not None and (segments is None or one.segment_id not in segments):
            continue
        if not claimed.isdisjoint(one.fields) or not one.takes(unit):
            continue
        claimed |= one.fields
        # Claimed all the same: which units another experiment has must not vary from request to request.
        if not one.fields or not one.fields <= settled:
            arms.append(one.arm(unit))
    return tuple(arms)


NOTHING = Running()
_cached: dict[str, tuple[int, Running]] = {}
_lock = threading.Lock()


def running(schema: str) -> Running:
    """What runs in a tenant now; one small query, and a compilation when something changed."""
    counter = epochs.current(schema).get(EPOCH, 0)
    with _lock:
        known = _cached.get(schema)
    if known is not None and known[0] == counter:
        return known[1]
    fresh = compile_running(schema)
    with _lock:
        _cached[schema] = (counter, fresh)
    return fresh


def forget_running() -> None:
    with _lock:
        _cached.clear()


def compile_running(schema: str) -> Running:
    """From the tables, in the order of their starts. An experiment without buckets, or whose weights do not sum, is left out."""
    with tenant_connection(schema):
        live = list(
            Experiment.objects.filter(status=Experiment.Status.RUNNING)
            .select_related("layer")
            .prefetch_related("variants")
            .order_by("started_at", "pk")
        )
        subjects: dict[str, tuple[Compiled, ...]] = {}
        holdout = None
        for experiment in live:
            compiled = compile_one(experiment)
            if compiled is None:
                continue
            if experiment.kind == Experiment.Kind.HOLDOUT:
                holdout = compiled
            else:
                subjects[experiment.subject] = (*subjects.get(experiment.subject, ()), compiled)
        return Running(
            holdout, subjects, _counted(), Experiment.objects.filter(started_at__isnull=False).exists()
        )


def compile_one(experiment: Experiment) -> Compiled | None:
    variants = list(experiment.variants.all())
    try:
        ends = shares([float(variant.weight) for variant in variants])
    except ValueError:
        return None
    return Compiled(
        arms=tuple(
            Arm(experiment.pk, experiment.key, v.pk, v.key, v.payload, experiment.segment_id is not None)
            for v in variants
        ),
        ends=ends,
        salt=experiment.salt,
        traffic_salt=experiment.layer.salt if experiment.layer else f"{experiment.salt}:traffic",
        ranges=tuple((int(first), int(end)) for first, end in experiment.ranges),
        segment_id=experiment.segment_id,
        control=next((i for i, variant in enumerate(variants) if variant.is_control), 0),
        fields=frozenset(name for variant in variants for name in variant.payload),
    )


def _counted() -> dict[str, dt.datetime]:
    """Conversion → until when it is needed: of live experiments for ever, of stopped ones while their windows last."""
    counted: dict[str, dt.datetime] = {}
    now = timezone.now()
    longest = ExperimentMetric.objects.aggregate(days=Max("metric__window_days"))["days"] or 0
    uses = ExperimentMetric.objects.filter(
        Q(experiment__status__in=(Experiment.Status.RUNNING, Experiment.Status.PAUSED))
        | Q(experiment__stopped_at__gt=now - dt.timedelta(days=longest))
    ).select_related("metric", "experiment")
    for use in uses:
        stopped, window = use.experiment.stopped_at, dt.timedelta(days=use.metric.window_days)
        until = dt.datetime.max.replace(tzinfo=dt.UTC) if stopped is None else stopped + window
        for what in use.metric.needs:
            counted[what] = max(until, counted.get(what, until))
    return counted
