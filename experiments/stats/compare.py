"""From statistics to intervals: the entry of this package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite, sqrt

from .corrections import holm
from .cuped import Adjustment, adjust
from .distributions import normal_cdf, normal_quantile, student_cdf, student_quantile
from .outcome import Comparison, Estimate, Interval, Reason
from .relative import fieller_interval
from .sequential import sequential_p_value, sequential_quantile, weight
from .statistics import Mean, Statistic

ALPHA = 0.05
# What the always-valid interval is tuned for when nobody planned: neither a small shop nor a large one is far off.
PLANNED_UNITS = 10_000


@dataclass(frozen=True, slots=True)
class Result:
    """One metric: every arm that isn't control against control.

    `estimates`: of every arm with data, adjusted when `adjustment` says how. `holm`: p-values of the fixed intervals,
    corrected for the number of arms.
    """

    control: str
    comparisons: dict[str, Comparison]
    estimates: dict[str, Estimate] = field(default_factory=dict)
    adjustment: Adjustment | None = None
    holm: dict[str, float] = field(default_factory=dict)


def compute_result(
    arms: Mapping[str, Statistic],
    control: str,
    *,
    alpha: float = ALPHA,
    planned_units: float = PLANNED_UNITS,
    simultaneous: bool = False,
) -> Result:
    """Compare all arms of one metric with `control`.

    planned_units: of the whole experiment; each comparison is tuned to the share that its two arms have of it.
    simultaneous: intervals hold for all arms together (Bonferroni: α over the number of comparisons).
    KeyError when there is no such control.
    """
    arms[control]
    treatments = [name for name in arms if name != control]
    each = alpha / max(1, len(treatments)) if simultaneous else alpha
    estimates, adjustment = _estimates(arms)
    whole = sum(arm.n for arm in arms.values())
    comparisons = {}
    for name in treatments:
        problem = Reason.NO_EXPOSURES if not whole else arms[control].problem or arms[name].problem
        if problem:
            comparisons[name] = Comparison(
                estimates.get(control), estimates.get(name), each, reason=problem, few=True
            )
            continue
        pair = arms[control].n + arms[name].n
        found = compare(
            estimates[control], estimates[name], alpha=each, planned_units=planned_units * pair / whole
        )
        comparisons[name] = replace(found, few=arms[control].few or arms[name].few)
    told = {name: c.p_value for name, c in comparisons.items() if c.p_value is not None}
    return Result(control, comparisons, estimates, adjustment, holm(told))


def _estimates(arms: Mapping[str, Statistic]) -> tuple[dict[str, Estimate], Adjustment | None]:
    able = {name: arm for name, arm in arms.items() if arm.problem is None}
    means = {name: arm for name, arm in able.items() if isinstance(arm, Mean)}
    if means and any(arm.moments.xx > 0 for arm in means.values()):
        adjusted, adjustment = adjust(list(means.values()))
        return dict(zip(means, adjusted, strict=True)), adjustment
    return {name: arm.estimate() for name, arm in able.items()}, None


def compare(
    control: Estimate, treatment: Estimate, *, alpha: float = ALPHA, planned_units: float = PLANNED_UNITS
) -> Comparison:
    """Two estimates: Welch's interval where they have degrees of freedom, else the unpooled normal one.

    planned_units: of both together. The p-value is that of the interval, also for proportions, so that the two never
    disagree.
    """
    difference = treatment.value - control.value
    variance = control.variance + treatment.variance
    bare = Comparison(control, treatment, alpha)
    if not (isfinite(difference) and isfinite(variance)):
        return replace(bare, reason=Reason.NOT_FINITE)
    if variance <= 0:
        return replace(bare, reason=Reason.ZERO_VARIANCE)
    error = sqrt(variance)
    z = difference / error
    degrees = welch_degrees(control, treatment)
    k = weight(control.n + treatment.n, planned_units, alpha)
    once, p_value = _quantile(alpha, degrees), _p_value(z, degrees)
    always = sequential_quantile(k, alpha)
    # With a handful of units Student's interval is the wider one; the sequential one must never be the narrower.
    always = max(always, once)
    lift = fieller_interval(control, treatment, once)
    return replace(
        bare,
        fixed=Interval(difference, difference - once * error, difference + once * error),
        fixed_lift=lift,
        p_value=p_value,
        sequential=Interval(difference, difference - always * error, difference + always * error),
        sequential_lift=fieller_interval(control, treatment, always),
        sequential_p_value=max(sequential_p_value(z, k), p_value),
        lift_reason=None if lift else Reason.CONTROL_NEAR_ZERO,
    )


def welch_degrees(a: Estimate, b: Estimate) -> float | None:
    """Welch (1947), "The generalization of Student's problem", eq. 28; None when either is normal."""
    if a.degrees is None or b.degrees is None:
        return None
    below = a.variance**2 / a.degrees + b.variance**2 / b.degrees
    return (a.variance + b.variance) ** 2 / below if below > 0 else None


def _quantile(alpha: float, degrees: float | None) -> float:
    below = alpha / 2
    return -(normal_quantile(below) if degrees is None else student_quantile(degrees, below))


def _p_value(z: float, degrees: float | None) -> float:
    return 2 * (normal_cdf(-abs(z)) if degrees is None else student_cdf(degrees, -abs(z)))
