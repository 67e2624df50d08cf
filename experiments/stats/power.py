"""How many units, for how long, for which effect.

Two-sided test at α of two arms by the normal approximation with unpooled variances, the one that the intervals use:
Chow, Shao and Wang (2008), "Sample size calculations in clinical research", sections 3.2 (means) and 4.2 (proportions).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from .distributions import normal_quantile
from .sequential import sequential_quantile, tuned_weight

POWER = 0.8


@dataclass(frozen=True, slots=True)
class Baseline:
    """What control does now. `variance` of one unit's number; for a proportion it follows from the value."""

    value: float
    variance: float
    proportion: bool = False

    @classmethod
    def of_proportion(cls, share: float) -> Baseline:
        if not 0 < share < 1:
            raise ValueError(f"a share lies between 0 and 1, not at {share}")
        return cls(share, share * (1 - share), proportion=True)

    @classmethod
    def of_mean(cls, mean: float, variance: float) -> Baseline:
        if variance <= 0:
            raise ValueError(f"a variance is above zero, not {variance}")
        return cls(mean, variance)

    def variance_with(self, difference: float) -> float | None:
        """Of a unit in the treated arm; None when a share would leave 0 to 1."""
        if not self.proportion:
            return self.variance
        share = self.value + difference
        return share * (1 - share) if 0 < share < 1 else None


@dataclass(frozen=True, slots=True)
class Design:
    """`alpha` of each comparison; `control_share`, `treatment_share`: of all units that take part.

    sequential: the always-valid interval decides, at the moment it is tuned for.
    """

    alpha: float = 0.05
    power: float = POWER
    control_share: float = 0.5
    treatment_share: float = 0.5
    sequential: bool = False

    def __post_init__(self) -> None:
        if not (0 < self.alpha < 1 and 0 < self.power < 1):
            raise ValueError("alpha and power lie between 0 and 1")
        if (
            min(self.control_share, self.treatment_share) <= 0
            or self.control_share + self.treatment_share > 1 + 1e-9
        ):
            raise ValueError("each arm needs a share above 0, and both together no more than 1")

    @property
    def quantiles(self) -> float:
        """Distance between no effect and the effect, in standard errors."""
        if self.sequential:
            edge = sequential_quantile(tuned_weight(self.alpha), self.alpha)
        else:
            edge = -normal_quantile(self.alpha / 2)
        return edge + normal_quantile(self.power)


def units_needed(baseline: Baseline, difference: float, design: Design | None = None) -> int | None:
    """Units of the whole experiment (all arms) to find an absolute `difference`; None when it can't be.

    It can't be found when it is zero, or when it would move a share beyond 0 or 1.
    """
    design = design or Design()
    treated = baseline.variance_with(difference)
    if difference == 0 or treated is None:
        return None
    spread = baseline.variance / design.control_share + treated / design.treatment_share
    return ceil(design.quantiles**2 * spread / difference**2)


def detectable(baseline: Baseline, units: float, design: Design | None = None) -> float | None:
    """The smallest increase that `units` of the whole experiment find with the design's power; None when none is."""
    design = design or Design()
    if units <= 0:
        return None

    # difference² = k · (variance of control / its share + variance of treated / its share), for the difference.
    k = design.quantiles**2 / units
    own = k * baseline.variance / design.control_share
    if not baseline.proportion:
        return sqrt(own + k * baseline.variance / design.treatment_share)
    # The treated share moves with the difference, which makes it a quadratic equation; the larger root is the increase.
    lean = k / design.treatment_share
    a, b = 1 + lean, -lean * (1 - 2 * baseline.value)
    c = -(own + lean * baseline.variance)
    found = (-b + sqrt(b * b - 4 * a * c)) / (2 * a)
    return found if baseline.value + found < 1 else None


def days_needed(units: int, units_a_day: float) -> int | None:
    """Whole days until so many units have come; None when nobody comes."""
    return ceil(units / units_a_day) if units_a_day > 0 else None
