"""CUPED: take out what was known of a unit before the experiment.

Deng, Xu, Kohavi and Walker (2013), "Improving the sensitivity of online controlled experiments by utilizing
pre-experiment data", section 3.1. One θ for all arms, from the pooled within-arm (co)variances (section 3.3), so that
arms are adjusted alike and the adjustment of the difference has mean zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .outcome import Estimate
from .statistics import Mean


@dataclass(frozen=True, slots=True)
class Adjustment:
    """`reduction`: the share of the variance of the estimates that is gone, 0 to 1."""

    theta: float
    reduction: float


def adjust(arms: Sequence[Mean]) -> tuple[list[Estimate], Adjustment]:
    """The arms' means as if all arms had begun with the same covariate. Each arm needs two units.

    Without any variation of the covariate θ is 0 and nothing changes.
    """
    spread = sum(arm.moments.xx for arm in arms)
    theta = sum(arm.moments.xy for arm in arms) / spread if spread > 0 else 0.0
    total = sum(arm.n for arm in arms)
    centre = sum(arm.n * arm.moments.x for arm in arms) / total if total else 0.0
    estimates, before, after = [], 0.0, 0.0
    for arm in arms:
        m = arm.moments
        raw = m.variance()
        left = max(0.0, raw - 2 * theta * m.variance("xy") + theta**2 * m.variance("xx"))
        estimates.append(Estimate(m.y - theta * (m.x - centre), left / m.n, m.n, m.n - 1))
        before, after = before + raw / m.n, after + left / m.n
    return estimates, Adjustment(theta, max(0.0, 1 - after / before) if before > 0 else 0.0)
