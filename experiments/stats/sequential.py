"""Intervals that may be looked at every day: asymptotic confidence sequences from a normal mixture.

Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2021), "Time-uniform central limit theory and asymptotic confidence
sequences", theorem 2.2. In terms of k = t·ρ², the weight of the data beside that of the mixture, the radius is the
standard error times

    sqrt((1 + 1/k) · log((1 + k) / α²))

and the same mixture gives the always-valid p-value of Johari, Koomen, Pekelis and Walsh (2022), "Always valid
inference", eq. 9 (mSPRT). Both are one boundary, so an interval excludes zero exactly when p < α.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, inf, log, sqrt

from .distributions import lambert_w


@lru_cache(maxsize=256)
def tuned_weight(alpha: float) -> float:
    """The k at which the boundary should be tightest: −W₋₁(−α²/e) − 1, Howard et al. (2021), proposition 3."""
    return -lambert_w(-(alpha**2) / exp(1), -1) - 1


def weight(units: float, planned_units: float, alpha: float) -> float:
    """k after so many units, when the boundary is to be tightest at `planned_units`.

    It must not depend on what was observed: planned from the outset, by the planner or by a default.
    """
    if units <= 0 or planned_units <= 0:
        raise ValueError(f"units and planned units must be above zero, not {units} and {planned_units}")
    return tuned_weight(alpha) * units / planned_units


def sequential_quantile(k: float, alpha: float) -> float:
    """How many standard errors the always-valid interval reaches to each side."""
    return sqrt((1 + 1 / k) * (log(1 + k) - 2 * log(alpha)))


def sequential_p_value(z: float, k: float) -> float:
    """Always-valid p-value of an estimate that lies `z` standard errors from zero."""
    exponent = log(1 + k) / 2 - z * z / 2 * k / (1 + k)
    return 1.0 if exponent >= 0 else exp(exponent) if exponent > -inf else 0.0
