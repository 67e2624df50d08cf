"""Let the lab's households meet a running experiment, and set the truth beside what the experiment says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.utils import timezone

from experiments import services
from experiments.models import Experiment, Exposure
from experiments.results import MetricResult, Results, latest
from experiments.services import mark_simulated
from experiments.stats import Interval
from tenants.models import Tenant

from .data import Bought
from .shoppers import Visit, events, visit
from .storefront import Shown, Storefront
from .truth import Truth, truths

Progress = Callable[[str, int, int], None]
# As many as the web processes answer at once.
AT_ONCE = 4
SENT_AT_ONCE = 100


class CannotSimulate(Exception):
    """The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Met:
    """A household that took part: its variant, and what it would have done under each."""

    household: str
    variant: str
    shown: Shown
    potential: Mapping[str, Visit]

    @property
    def did(self) -> Visit:
        return self.potential[self.variant]


@dataclass(frozen=True, slots=True)
class Beside:
    """A household that did not: held out, or not among its traffic. It shops as well."""

    household: str
    shown: Shown
    did: Visit


@dataclass(frozen=True, slots=True)
class Line:
    """A metric of a treated variant: what was measured, by which interval, and the truth. None: no interval yet."""

    metric: MetricResult
    variant: str
    interval: Interval | None
    truth: Truth

    @property
    def holds(self) -> bool | None:
        if self.interval is None:
            return None
        return self.interval.low <= self.truth.difference <= self.interval.high


@dataclass(frozen=True, slots=True)
class Outcome:
    asked: int
    took_part: int
    results: Results
    lines: tuple[Line, ...]
    counted_elsewhere: tuple[str, ...] = ()


def check(tenant: Tenant, experiment: Experiment, *, starts: bool = False) -> dt.date:
    """The day of the cut, or `CannotSimulate`. `starts`: a draft will be started."""
    cut = tenant.settings.get("lab_cut")
    if not cut:
        raise CannotSimulate(
            f"“{tenant.slug}” has real shoppers; simulated ones are only let into the demo's tenant “lab”."
        )
    draft = starts and experiment.status == Experiment.Status.DRAFT
    if experiment.status != Experiment.Status.RUNNING and not draft:
        state = experiment.get_status_display().lower()
        raise CannotSimulate(
            f"“{experiment.key}” is {state}, not running: start it in the console first, or add --start."
        )
    if experiment.kind != Experiment.Kind.PLACEMENT:
        raise CannotSimulate("Only experiments on a placement can be simulated.")
    if Exposure.objects.filter(experiment=experiment).exists():
        raise CannotSimulate(
            f"“{experiment.key}” has met shoppers already, and they would act twice: duplicate it and start the copy."
        )
    check_alone(experiment)
    return dt.date.fromisoformat(cut)


def check_alone(experiment: Experiment) -> None:
    """`CannotSimulate` beside another one in its place: what a variant alone would show is not what shoppers saw."""
    for found in services.overlaps(experiment):
        if found.same_place and found.other.status == Experiment.Status.RUNNING:
            raise CannotSimulate(
                f"“{found.other.key}” runs in the same place for the same shoppers: they would see a mixture of both, "
                "and the true effect could not be told. Stop or pause it first, or put both into one layer."
            )


def simulate(
    tenant: Tenant,
    experiment: Experiment,
    storefront: Storefront,
    households: Sequence[str],
    wants: Mapping[str, Mapping[str, Bought]],
    settle: Callable[[int, int], None],
    progress: Progress,
) -> Outcome:
    """`settle(exposures, events)` waits until so many of both have been taken in."""
    _mark(tenant, {experiment.key})
    # Whoever is held out is counted for the holdout, which is of simulated shoppers then.
    _mark(tenant, Experiment.objects.filter(kind="holdout", status="running").values_list("key", flat=True))
    variants = [variant.key for variant in experiment.variants.all()]
    control = next(variant.key for variant in experiment.variants.all() if variant.is_control)

    def meet(household: str) -> Met | Beside:
        # Truth and answer within one moment: both see the shop in the same state.
        shown = storefront.recommendations(household, experiment.placement)
        mine = shown.arms.get(experiment.key)
        wanted = wants.get(household, {})
        if mine is None:
            return Beside(household, shown, visit(shown.items, wanted))
        potential = {
            key: visit(
                storefront.recommendations(household, experiment.placement, f"{experiment.key}:{key}").items,
                wanted,
            )
            for key in variants
        }
        return Met(household, mine, shown, {**potential, mine: visit(shown.items, wanted)})

    met: list[Met] = []
    waiting: list[dict[str, Any]] = []
    sent = 0
    known = {experiment.key}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done, one in enumerate(pool.map(meet, households), 1):
            progress("shoppers look, click and buy", done, len(households))
            if isinstance(one, Met):
                met.append(one)
            elif not one.shown.arms:
                continue
            # Whatever was started meanwhile met them too.
            _mark(tenant, one.shown.arms.keys() - known)
            known |= one.shown.arms.keys()
            waiting += events(experiment.key, one.household, one.shown.decision, one.did)
            # Acts follow their looks closely, as in a shop: the results page shows how the verdict came about.
            while len(waiting) >= SENT_AT_ONCE:
                sent += _report(storefront, waiting)
    sent += _report(storefront, waiting)
    settle(len(met), sent)
    experiment.refresh_from_db()
    results = latest(tenant.schema_name, experiment, fresh=dt.timedelta())
    if results is None:
        raise CannotSimulate(f"“{experiment.key}” has no results.")
    metrics = {use.metric.key: use.metric for use in experiment.metrics.select_related("metric")}
    potential = [one.potential for one in met]
    lines = [
        Line(found, arm, found.comparisons[arm].interval(sequential=results.sequential), truth)
        for found in results.metrics
        for arm, truth in truths(metrics[found.key], potential, control, variants).items()
        if arm in found.comparisons
    ]
    return Outcome(len(households), len(met), results, tuple(lines), _windows_open(experiment))


def _windows_open(experiment: Experiment) -> tuple[str, ...]:
    """Names of other experiments that still count what these households did: their results have changed by it."""
    now = timezone.now()
    met = Experiment.objects.exclude(pk=experiment.pk).annotate(
        met=Max("exposures__at"), days=Max("metrics__metric__window_days")
    )
    return tuple(
        other.name
        for other in met.filter(met__isnull=False, days__isnull=False).order_by("pk")
        if other.met + dt.timedelta(days=other.days) > now
    )


def _report(storefront: Storefront, waiting: list[dict[str, Any]]) -> int:
    """Send a batch of what waits, and how many that were."""
    batch = waiting[:SENT_AT_ONCE]
    if batch:
        storefront.report(batch)
        del waiting[: len(batch)]
    return len(batch)


def _mark(tenant: Tenant, keys: Iterable[str]) -> None:
    for found in Experiment.objects.filter(key__in=list(keys)):
        mark_simulated(tenant.schema_name, found.pk, actor="system")
