"""Results of an experiment from its log: one pass over exposures and conversions, all metrics, all looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..models import Experiment, ExperimentMetric, Metric, Variant
from ..models.metric import Measure
from ..stats import (
    PLANNED_UNITS,
    Guardrail,
    Statistic,
    benjamini_hochberg,
    check_split,
    compute_result,
    conclude,
)
from .document import METHOD, ArmUnits, LookBack, MetricResult, Results
from .read import (
    DAY,
    Exposed,
    Floats,
    Happenings,
    Integers,
    Past,
    exposed_units,
    happenings,
    microseconds,
    past,
    unix,
)
from .sums import Steps, Window, amounts, covariate, in_order, means, proportions, ratios, within

LOOKS = 30
# Later than any log, and far enough from the largest number that a window may be added.
FOREVER = 2**62


def results_of(schema: str, experiment: Experiment, now: dt.datetime) -> Results:
    """Everything that the log says of a started experiment until `now`.

    Reads inside the tenant's schema, which the connection must look into. ValueError when there is no control.
    """
    variants = list(experiment.variants.all())
    control = next((v for v in variants if v.is_control), None)
    if control is None:
        raise ValueError(f"experiment {experiment.key} has no control")
    uses = list(experiment.metrics.select_related("metric"))
    everybody = exposed_units(schema, experiment.pk, [v.pk for v in variants])
    planned = everybody.until(_end(experiment, len(variants), everybody))
    exposed = everybody if experiment.sequential else planned
    log = _Log(schema, experiment, exposed, microseconds(now))
    units = np.bincount(exposed.arm, minlength=len(variants))
    counts = {v.key: int(n) for v, n in zip(variants, units, strict=True)}
    split = check_split(counts, {v.key: float(v.weight) for v in variants})
    found = [_metric(log, variants, control, use) for use in uses]
    found = _discoveries(found)
    primary = next((m for m in found if m.role == ExperimentMetric.Role.PRIMARY), None)
    complete = _complete(experiment, len(variants), planned, primary, now)
    verdict = conclude(
        primary.comparisons if primary else {},
        split,
        sequential=experiment.sequential,
        complete=complete,
        up=primary.higher_is_better if primary else True,
        guardrails=tuple(
            Guardrail(m.key, m.comparisons, m.higher_is_better)
            for m in found
            if m.role == ExperimentMetric.Role.GUARDRAIL
        ),
        negligible=experiment.minimum_effect,
    )
    return Results(
        as_of=now.timestamp(),
        first_exposure=unix(int(exposed.at.min())) if len(exposed) else None,
        units=len(exposed),
        crossed=exposed.crossed,
        planned_units=experiment.planned_units * len(variants),
        planned_days=experiment.planned_days,
        sequential=experiment.sequential,
        complete=complete,
        beyond=len(everybody) - len(planned),
        alpha=experiment.alpha,
        covariate_days=experiment.covariate_days,
        arms=[ArmUnits(v.key, v.name, float(v.weight), v.is_control, counts[v.key]) for v in variants],
        split=split,
        verdict=verdict,
        metrics=found,
        stopped=experiment.stopped_at is not None,
        method=METHOD,
    )


def _end(experiment: Experiment, variants: int, exposed: Exposed) -> int:
    """When the plan is fulfilled: with the exposure of the last planned unit, else after the planned days.

    Never, when it was stopped before the planned days were over.
    """
    units = experiment.planned_units * variants
    if units:
        return int(np.partition(exposed.at, units - 1)[units - 1]) if len(exposed) >= units else FOREVER
    if experiment.started_at is None:
        return FOREVER
    end = microseconds(experiment.started_at) + experiment.planned_days * DAY
    stopped = experiment.stopped_at
    return FOREVER if stopped is not None and microseconds(stopped) < end else end


def _complete(
    experiment: Experiment, variants: int, planned: Exposed, primary: MetricResult | None, now: dt.datetime
) -> bool:
    """Whether the planned units have come and the window of the last one has closed: the moment of the one look."""
    end = _end(experiment, variants, planned)
    window = primary.window_days * DAY if primary else 0
    return len(planned) > 0 and end + window <= microseconds(now)


class _Log:
    """What was read once for several metrics."""

    def __init__(self, schema: str, experiment: Experiment, exposed: Exposed, now: int) -> None:
        self.schema, self.experiment, self.exposed, self.now = schema, experiment, exposed, now
        self._happened: dict[str, Happenings] = {}
        self._past: dict[str, Past | None] = {}

    def happened(self, what: str) -> Happenings:
        if what not in self._happened:
            self._happened[what] = happenings(self.schema, self.exposed, what, self.now)
        return self._happened[what]

    def before(self, metric: Metric) -> Floats:
        what = metric.counted
        if what not in self._past:
            self._past[what] = past(
                self.schema, self.experiment.pk, self.exposed, what, self.experiment.covariate_days
            )
        return covariate(self._past[what], metric.measure, len(self.exposed))

    def looks(self, latest: int) -> Integers:
        """Evenly from the first exposure to the last thing that happened."""
        first, last = int(self.exposed.at.min()), max(int(self.exposed.at.max()), latest)
        return np.unique(np.linspace(first, last, LOOKS).astype(np.int64))


def _metric(log: _Log, variants: Sequence[Variant], control: Variant, use: ExperimentMetric) -> MetricResult:
    metric, primary = use.metric, use.role == ExperimentMetric.Role.PRIMARY
    looks, table = _statistics(log, metric, len(variants))
    planned = log.experiment.planned_units * len(variants) or PLANNED_UNITS
    results = [
        compute_result(
            {v.key: arm[look] for v, arm in zip(variants, table, strict=True)},
            control.key,
            alpha=log.experiment.alpha,
            planned_units=planned,
            simultaneous=primary,
        )
        for look in range(len(looks))
    ]
    units = [sum(arm[look].n for arm in table) for look in range(len(looks))]
    last = results[-1]
    return MetricResult(
        key=metric.key,
        name=metric.name,
        kind=metric.kind,
        role=use.role,
        is_money=metric.is_money,
        higher_is_better=metric.higher_is_better,
        window_days=metric.window_days,
        pending=int((log.exposed.at + metric.window_days * DAY > log.now).sum()),
        comparisons=last.comparisons,
        estimates=last.estimates,
        adjustment=last.adjustment,
        holm=last.holm,
        looks=[
            LookBack(unix(int(at)), n, result.comparisons)
            for at, n, result in zip(looks, units, results, strict=True)
            if n
        ],
    )


def _statistics(log: _Log, metric: Metric, arms: int) -> tuple[Integers, Sequence[Sequence[Statistic]]]:
    """(looks, statistics by arm and look), at least one look."""
    exposed, days = log.exposed, metric.window_days
    found = within(exposed, log.happened(metric.counted), days)
    parts = [found]
    if metric.kind == Metric.Kind.RATIO:
        parts.append(within(exposed, log.happened(metric.counted_per), days))
    latest = max((int(part.at.max()) for part in parts if len(part.at)), default=0)
    looks = log.looks(latest) if len(exposed) else np.array([log.now])
    window = Window(looks, days, arms)
    if metric.kind == Metric.Kind.PROPORTION:
        return looks, proportions(exposed, found, window)
    numerator = _steps(found, metric.measure)
    if metric.kind == Metric.Kind.MEAN:
        return looks, means(exposed, in_order(numerator), log.before(metric), window)
    below = _steps(parts[1], metric.per_measure)
    both = Steps(
        np.r_[numerator.row, below.row],
        np.r_[numerator.at, below.at],
        np.r_[numerator.y, np.zeros(len(below.y))],
        np.r_[np.zeros(len(numerator.y)), below.y],
    )
    return looks, ratios(exposed, in_order(both), window)


def _steps(found: Happenings, measure: str) -> Steps:
    counted = amounts(found, measure or Measure.COUNT)
    return Steps(found.row, found.at, counted, np.zeros(len(counted)))


def _discoveries(metrics: list[MetricResult]) -> list[MetricResult]:
    """The secondary metrics' p-values, corrected together."""
    p_values = {
        f"{place} {arm}": comparison.p_value
        for place, metric in enumerate(metrics)
        if metric.role == ExperimentMetric.Role.SECONDARY
        for arm, comparison in metric.comparisons.items()
        if comparison.p_value is not None
    }
    corrected = benjamini_hochberg(p_values)
    return [
        replace(
            metric,
            false_discovery={
                arm: corrected[f"{place} {arm}"]
                for arm in metric.comparisons
                if f"{place} {arm}" in corrected
            },
        )
        for place, metric in enumerate(metrics)
    ]
