"""Sufficient statistics of one arm for one metric. They merge by `+` and say their estimate.

Proportion   share of units that did it                     normal, p(1 − p)/n
Mean         mean per unit, with a covariate for CUPED       Student, s²/n
Ratio        total of one number over total of another       normal, delta method
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from .moments import Moments
from .outcome import Estimate, Reason


class Statistic(Protocol):
    """`few`: too few units for the central limit theorem to be trusted."""

    @property
    def n(self) -> int: ...
    @property
    def problem(self) -> Reason | None: ...
    @property
    def few(self) -> bool: ...
    def estimate(self) -> Estimate: ...
    def __add__(self, other: Self, /) -> Self: ...


# Below so many successes or failures (or units, for means) an approximation by the normal is not to be trusted.
FEW_SUCCESSES = 10
FEW_UNITS = 50
# The same for the units that carry the denominator of a ratio: the delta method rests on them, not on all who came.
FEW_EFFECTIVE = 20


@dataclass(frozen=True, slots=True)
class Proportion:
    """`successes` of `n` units. ValueError when there are more successes than units."""

    n: int = 0
    successes: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= self.n:
            raise ValueError(f"{self.successes} successes of {self.n} units")

    def __add__(self, other: Proportion) -> Proportion:
        return Proportion(self.n + other.n, self.successes + other.successes)

    @property
    def problem(self) -> Reason | None:
        return None if self.n else Reason.EMPTY_ARM

    @property
    def few(self) -> bool:
        return min(self.successes, self.n - self.successes) < FEW_SUCCESSES

    def estimate(self) -> Estimate:
        share = self.successes / self.n
        return Estimate(share, share * (1 - share) / self.n, self.n)


@dataclass(frozen=True, slots=True)
class Mean:
    """A number per unit (`y`), and the same unit's number from before the experiment (`x`)."""

    moments: Moments = field(default_factory=Moments)

    @classmethod
    def of(cls, y: Any, x: Any = None) -> Mean:
        return cls(Moments.of(y, x))

    def __add__(self, other: Mean) -> Mean:
        return Mean(self.moments + other.moments)

    @property
    def n(self) -> int:
        return self.moments.n

    @property
    def problem(self) -> Reason | None:
        if not self.n:
            return Reason.EMPTY_ARM
        return Reason.ONE_UNIT if self.n == 1 else None

    @property
    def few(self) -> bool:
        return self.n < FEW_UNITS

    def estimate(self) -> Estimate:
        return Estimate(self.moments.y, self.moments.variance() / self.n, self.n, self.n - 1)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Total of y over total of x over the units, such as revenue over orders; the shopper is the unit, not the order."""

    moments: Moments = field(default_factory=Moments)

    @classmethod
    def of(cls, numerator: Any, denominator: Any) -> Ratio:
        return cls(Moments.of(numerator, denominator))

    def __add__(self, other: Ratio) -> Ratio:
        return Ratio(self.moments + other.moments)

    @property
    def n(self) -> int:
        return self.moments.n

    @property
    def problem(self) -> Reason | None:
        if not self.n:
            return Reason.EMPTY_ARM
        if self.n == 1:
            return Reason.ONE_UNIT
        return Reason.ZERO_DENOMINATOR if self.moments.x == 0 else None

    @property
    def effective(self) -> float:
        """How many units carry the denominator, (Σx)² / Σx²: Kish (1965), "Survey sampling", section 11.2.

        Of a thousand shoppers with an order from three of them, three; fewer when one of the three has most orders.
        """
        m = self.moments
        squares = m.xx + m.n * m.x**2
        return (m.n * m.x) ** 2 / squares if squares > 0 else 0.0

    @property
    def few(self) -> bool:
        # Written so that a number that is not finite counts as few.
        return self.n < FEW_UNITS or not self.effective >= FEW_EFFECTIVE

    def estimate(self) -> Estimate:
        """Delta method: Deng, Knoblich and Lu (2018), "Applying the delta method in metric analytics", eq. 3."""
        m = self.moments
        ratio = m.y / m.x
        spread = m.variance() - 2 * ratio * m.variance("xy") + ratio**2 * m.variance("xx")
        return Estimate(ratio, max(0.0, spread) / (m.n * m.x**2), m.n)
