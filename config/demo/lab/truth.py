"""The true effect: the mean over the same households of what each would have done under every variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.models import Metric
from experiments.models.metric import Measure, What

from .shoppers import Visit


@dataclass(frozen=True, slots=True)
class Truth:
    """`difference`: of a variant's value from the control's; `lift`: relative to the control's, None when that is 0."""

    control: float
    treatment: float

    @property
    def difference(self) -> float:
        return self.treatment - self.control

    @property
    def lift(self) -> float | None:
        return self.difference / self.control if self.control else None


def true_value(metric: Metric, visits: Sequence[Visit]) -> float:
    """A metric over all households, had all of them been in the variant that the visits are of."""
    if not visits:
        return 0.0
    top = sum(_amount(visit, metric.what, metric.measure) for visit in visits)
    if metric.kind != Metric.Kind.RATIO:
        return top / len(visits)
    below = sum(_amount(visit, metric.per_what, metric.per_measure) for visit in visits)
    return top / below if below else 0.0


def truths(
    metric: Metric, potential: Sequence[Mapping[str, Visit]], control: str, variants: Sequence[str]
) -> dict[str, Truth]:
    """Treated variant → truth; `potential[i]`: household i's visit under each variant."""
    base = true_value(metric, [visits[control] for visits in potential])
    return {
        variant: Truth(base, true_value(metric, [visits[variant] for visits in potential]))
        for variant in variants
        if variant != control
    }


def _amount(visit: Visit, what: str, measure: str) -> float:
    """As the product counts the events that a visit sends (see shoppers.events)."""
    if what == What.CLICK:
        count, value, quantity = len(visit.bought), 0.0, float(len(visit.bought))
    elif what == What.ORDER:
        count, value, quantity = int(bool(visit.bought)), visit.value, visit.quantity
    else:
        return 0.0
    if measure == Measure.HAPPENED:
        return float(count > 0)
    return {Measure.COUNT: float(count), Measure.VALUE: value, Measure.QUANTITY: quantity}[Measure(measure)]
