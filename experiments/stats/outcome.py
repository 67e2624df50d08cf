"""What comes out: estimates, intervals, comparisons, and reasons where there is no number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a number can't be had. Expected of poor data, so no exception."""

    NO_EXPOSURES = "no_exposures"
    EMPTY_ARM = "empty_arm"
    ONE_UNIT = "one_unit"
    ZERO_VARIANCE = "zero_variance"
    ZERO_DENOMINATOR = "zero_denominator"
    CONTROL_NEAR_ZERO = "control_near_zero"
    NOT_FINITE = "not_finite"


@dataclass(frozen=True, slots=True)
class Estimate:
    """`variance`: of the estimate, its squared standard error. `degrees` of freedom; None for the normal."""

    value: float
    variance: float
    n: int
    degrees: float | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    value: float
    low: float
    high: float

    @property
    def above(self) -> bool:
        return self.low > 0

    @property
    def below(self) -> bool:
        return self.high < 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """One arm against control. Differences are in the metric's unit, lifts are shares of control (0.1 is 10 %).

    `fixed` holds for one look at a moment chosen beforehand, `sequential` at every look at once. `reason`: why there is
    no interval at all; `lift_reason`: why there is none of the lift. `few`: too early to trust an approximation.
    `alpha`: what the intervals leave out, divided by the number of arms where several were compared.
    """

    control: Estimate | None = None
    treatment: Estimate | None = None
    alpha: float = 0.05
    fixed: Interval | None = None
    fixed_lift: Interval | None = None
    p_value: float | None = None
    sequential: Interval | None = None
    sequential_lift: Interval | None = None
    sequential_p_value: float | None = None
    reason: Reason | None = None
    lift_reason: Reason | None = None
    few: bool = False

    def interval(self, *, sequential: bool) -> Interval | None:
        return self.sequential if sequential else self.fixed

    def lift(self, *, sequential: bool) -> Interval | None:
        return self.sequential_lift if sequential else self.fixed_lift
