"""Relative lift of one estimate over another."""

from __future__ import annotations

from math import sqrt

from .outcome import Estimate, Interval


def fieller_interval(control: Estimate, treatment: Estimate, quantile: float) -> Interval | None:
    """Interval of treatment/control − 1 that excludes zero exactly when that of the difference does.

    All ratios r for which |t − r·c| ≤ quantile · sqrt(var t + r² var c): Fieller (1954), "Some problems in interval
    estimation", section 4. The delta method's interval is its first order, and may disagree with the test. None when
    control can't be told from zero: then no bounded interval has the promised coverage.
    """
    c, t, q2 = control.value, treatment.value, quantile**2
    curve = c * c - q2 * control.variance
    if curve <= 0:
        return None
    root = sqrt(max(0.0, (t * c) ** 2 - curve * (t * t - q2 * treatment.variance)))
    low, high = (t * c - root) / curve - 1, (t * c + root) / curve - 1
    value = t / c - 1
    return Interval(value, min(low, value), max(high, value))
