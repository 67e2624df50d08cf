"""Results as the page's tables show them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from ..planning import Setting, baseline_of, effect_after, plan
from ..results import ArmUnits, MetricResult, Results
from ..results.words import Wording, percent, reason_words, signed
from ..stats import Comparison, Interval


@dataclass(frozen=True)
class Row:
    """A metric of a treated variant beside control. `left`, `width`, `at`, `zero`: per cent of its lane."""

    metric: MetricResult
    variant: str
    control: str
    value: str
    change: str
    interval: str
    tone: str
    said: str
    left: float = 0.0
    width: float = 0.0
    at: float = 0.0
    zero: float = 0.0
    drawn: bool = False


def rows(results: Results, wording: Wording) -> list[Row]:
    """Every metric and treated variant, primary first, with the interval that decides."""
    sequential = results.sequential
    drawn = [
        lift
        for metric in results.metrics
        for c in metric.comparisons.values()
        if (lift := c.lift(sequential=sequential)) is not None
    ]
    # Very wide intervals of one metric would make all others invisible.
    reach = min(max((max(abs(i.low), abs(i.high)) for i in drawn), default=1.0), 1.0) or 1.0
    return [
        _row(results, metric, arm, comparison, wording, reach)
        for metric in results.metrics
        for arm, comparison in results.compared(metric.comparisons)
    ]


def _row(
    results: Results, metric: MetricResult, arm: ArmUnits, found: Comparison, wording: Wording, reach: float
) -> Row:
    sequential = results.sequential
    interval, lift = found.interval(sequential=sequential), found.lift(sequential=sequential)
    tone, said = _judged(metric, found, interval, open_plan=not (results.sequential or results.complete))
    row = Row(
        metric=metric,
        variant=arm.name,
        control=wording.value(metric, found.control.value) if found.control else "–",
        value=wording.value(metric, found.treatment.value) if found.treatment else "–",
        change="–",
        interval=reason_words(found.reason),
        tone=tone,
        said=said,
    )
    if interval is None:
        return row
    if lift is None:
        return replace(
            row,
            change=wording.difference(metric, interval.value),
            interval=span(
                wording.difference(metric, interval.low), wording.difference(metric, interval.high)
            ),
        )
    left, right, at = (
        50 + 50 * max(-1.0, min(1.0, end / reach)) for end in (lift.low, lift.high, lift.value)
    )
    return replace(
        row,
        change=signed(lift.value),
        interval=span(signed(lift.low), signed(lift.high)),
        left=round(left, 2),
        width=round(right - left, 2),
        at=round(at, 2),
        zero=50.0,
        drawn=True,
    )


def span(low: str, high: str) -> str:
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _judged(
    metric: MetricResult, found: Comparison, interval: Interval | None, *, open_plan: bool
) -> tuple[str, str]:
    if interval is None:
        return "", _("No numbers")
    if found.few or open_plan:
        return "", _("Too early")
    if not (interval.above or interval.below):
        return "", _("May be chance")
    return ("good", _("Better")) if interval.above == metric.higher_is_better else ("bad", _("Worse"))


def split_rows(results: Results) -> list[dict[str, Any]]:
    return [
        {
            "name": arm.name,
            "weight": arm.weight,
            "expected": results.split.expected.get(arm.key, 0),
            "observed": arm.units,
        }
        for arm in results.arms
    ]


def open_windows(results: Results) -> list[tuple[int, int]]:
    """(days, shoppers whose window of so many days is still open), a line for each length."""
    return sorted({metric.window_days: metric.pending for metric in results.metrics}.items())


def both_intervals(results: Results, wording: Wording) -> list[dict[str, str]]:
    """The primary metric by both intervals, and all p-values."""
    metric = results.primary
    if metric is None:
        return []
    made = []
    for arm, found in results.compared(metric.comparisons):
        made.append({
            "variant": arm.name,
            "fixed": _both(metric, found.fixed, found.fixed_lift, wording),
            "sequential": _both(metric, found.sequential, found.sequential_lift, wording),
        })  # fmt: skip
    return made


def _both(metric: MetricResult, interval: Interval | None, lift: Interval | None, wording: Wording) -> str:
    if interval is None:
        return "–"
    plain = span(wording.difference(metric, interval.low), wording.difference(metric, interval.high))
    return f"{plain} · {span(signed(lift.low), signed(lift.high))}" if lift else plain


def p_values(results: Results) -> list[dict[str, Any]]:
    return [
        {
            "metric": metric.name,
            "variant": arm.name,
            "fixed": chance(found.p_value),
            "sequential": chance(found.sequential_p_value),
            "holm": chance(metric.holm.get(arm.key)) if len(metric.comparisons) > 1 else "–",
            "discovery": chance(metric.false_discovery.get(arm.key)),
        }
        for metric in results.metrics
        for arm, found in results.compared(metric.comparisons)
    ]


def chance(p: float | None) -> str:
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def adjustments(results: Results) -> list[dict[str, Any]]:
    """Where CUPED helped: share of the variance taken out, and how many times the shoppers that is worth."""
    return [
        {
            "metric": metric.name,
            "share": percent(metric.adjustment.reduction, 0),
            "worth": f"{1 / (1 - metric.adjustment.reduction):.2f}",
        }
        for metric in results.metrics
        if metric.adjustment is not None and metric.adjustment.reduction < 1
    ]


def power(results: Results, minimum_effect: float) -> dict[str, Any] | None:
    """What the shoppers so far could find of the primary metric, and what its smallest effect of interest needs."""
    metric = results.primary
    baseline = baseline_of(metric.kind, metric.estimates.get(results.control.key)) if metric else None
    if baseline is None or len(results.arms) < 2:
        return None
    setting = Setting(variants=len(results.arms), alpha=results.alpha, sequential=results.sequential)
    effect = effect_after(baseline, results.units, setting)
    return {
        "effect": percent(effect) if effect is not None else None,
        "minimum": percent(minimum_effect),
        "needed": plan(baseline, [], minimum_effect, setting).units,
    }
