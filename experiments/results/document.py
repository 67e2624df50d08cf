"""The results of an experiment as they are kept, shown and answered: plain numbers, no personal data."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..stats import Adjustment, Comparison, Estimate, Split, Verdict

# Goes up when the same log would be counted or judged otherwise: what was kept before is counted again.
METHOD = 2


@dataclass(frozen=True, slots=True)
class ArmUnits:
    """A variant. `units` that count for it; `weight` in per cent, as promised."""

    key: str
    name: str
    weight: float
    is_control: bool
    units: int


@dataclass(frozen=True, slots=True)
class LookBack:
    """The metric as it stood at a moment (unix seconds), after so many units, by treated variant."""

    at: float
    units: int
    comparisons: dict[str, Comparison]


@dataclass(frozen=True, slots=True)
class MetricResult:
    """`comparisons` by treated variant; `estimates` by variant, adjusted when `adjustment` says by how much.

    `holm`: p-values of the fixed intervals corrected for the number of variants. `false_discovery`: of secondary metrics,
    corrected for their number (Benjamini–Hochberg). `pending`: units whose window is still open.
    """

    key: str
    name: str
    kind: str
    role: str
    is_money: bool
    higher_is_better: bool
    window_days: int
    pending: int
    comparisons: dict[str, Comparison]
    estimates: dict[str, Estimate]
    adjustment: Adjustment | None = None
    holm: dict[str, float] = field(default_factory=dict)
    false_discovery: dict[str, float] = field(default_factory=dict)
    looks: list[LookBack] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Results:
    """Times in unix seconds. `crossed`: units seen in two variants, which count for none.

    `planned_units`: of all variants together; 0 when nobody planned, and `planned_days` ends it. `sequential`: the
    always-valid interval decides; else the fixed one does, once `complete`: the planned units have come and their windows
    have closed. `stopped`: nobody new is counted. `beyond`: units that came after the plan, which only count when many looks are taken.
    """

    as_of: float
    first_exposure: float | None
    units: int
    crossed: int
    planned_units: int
    planned_days: int
    sequential: bool
    complete: bool
    beyond: int
    alpha: float
    covariate_days: int
    arms: list[ArmUnits]
    split: Split
    verdict: Verdict
    metrics: list[MetricResult]
    stopped: bool = False
    method: int = 1

    @property
    def control(self) -> ArmUnits:
        return next(arm for arm in self.arms if arm.is_control)

    @property
    def primary(self) -> MetricResult | None:
        return next((metric for metric in self.metrics if metric.role == "primary"), None)

    def compared(self, comparisons: dict[str, Comparison]) -> list[tuple[ArmUnits, Comparison]]:
        """The treated variants in their own order, each with what `comparisons` has of it."""
        return [(arm, comparisons[arm.key]) for arm in self.arms if arm.key in comparisons]

    def arm(self, key: str) -> ArmUnits | None:
        return next((arm for arm in self.arms if arm.key == key), None)
