"""Experiments with a log written straight into the tables, and the same metrics counted by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from experiments.models import Conversion, Experiment, ExperimentMetric, Exposure, Metric, Variant

START = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)


def unit(number: int) -> bytes:
    return number.to_bytes(16, "big")


def later(**span: float) -> dt.datetime:
    return START + dt.timedelta(**span)


def experiment(
    key: str = "home-order", *, weights: tuple[float, ...] = (50, 50), metrics: dict[str, str] | None = None,
    **fields: Any,
) -> Experiment:  # fmt: skip
    """A running one whose variants are "control", "personal", "third"; `metrics`: key → role."""
    made = Experiment.objects.create(
        key=key, name="Order of the home page", **{"status": "running", "started_at": START, **fields}
    )
    names = ("control", "personal", "third")
    for position, weight in enumerate(weights):
        Variant.objects.create(
            experiment=made, key=names[position], name=names[position].capitalize(), position=position,
            weight=str(weight), is_control=not position,
        )  # fmt: skip
    for position, (metric, role) in enumerate((metrics or {"conversion": "primary"}).items()):
        ExperimentMetric.objects.create(
            experiment=made, metric=Metric.objects.get(key=metric), role=role, position=position
        )
    return made


@dataclass
class Log:
    """Rows to write: exposures as (unit, variant, at), conversions as (unit, what, at, value, quantity)."""

    experiment: Experiment
    exposures: list[tuple[int, str, dt.datetime, bool]] = field(default_factory=list)
    conversions: list[tuple[int, str, dt.datetime, float, float]] = field(default_factory=list)

    def expose(self, number: int, variant: str, at: dt.datetime = START, *, crossed: bool = False) -> None:
        self.exposures.append((number, variant, at, crossed))

    def convert(
        self, number: int, what: str, at: dt.datetime, value: float = 0.0, quantity: float = 1.0
    ) -> None:
        self.conversions.append((number, what, at, value, quantity))

    def write(self) -> None:
        variants = {v.key: v.pk for v in self.experiment.variants.all()}
        Exposure.objects.bulk_create(
            Exposure(
                experiment=self.experiment, unit=unit(number), variant_id=variants[variant], at=at,
                source="recommendation", crossed=crossed,
            )
            for number, variant, at, crossed in self.exposures
        )  # fmt: skip
        Conversion.objects.bulk_create(
            Conversion(unit=unit(number), event_id=event, what=what, at=at, value=value, quantity=quantity)
            for event, (number, what, at, value, quantity) in enumerate(self.conversions)
        )

    def per_unit(self, variant: str, what: str, days: int, until: dt.datetime) -> dict[str, Any]:
        """By hand: of each unit of a variant its first, count, value and quantity of `what` in its window."""
        rows: dict[str, list[float]] = {"happened": [], "count": [], "value": [], "quantity": []}
        for number, seen, at, crossed in self.exposures:
            if seen != variant or crossed or at > until:
                continue
            own = [
                c
                for c in self.conversions
                if c[0] == number
                and c[1] == what
                and at <= c[2] < at + dt.timedelta(days=days)
                and c[2] <= until
            ]
            rows["happened"].append(min(1, len(own)))
            rows["count"].append(len(own))
            rows["value"].append(sum(c[3] for c in own))
            rows["quantity"].append(sum(c[4] for c in own))
        return {name: np.array(values, float) for name, values in rows.items()}


def busy_log(made: Experiment, *, units: int = 400, seed: int = 5, lift: float = 0.0) -> Log:
    """Three weeks of shoppers, some of whom order, some before their exposure and some after their window."""
    rng = np.random.default_rng(seed)
    keys = [v.key for v in made.variants.all()]
    log = Log(made)
    for number in range(1, units + 1):
        variant = keys[int(rng.integers(len(keys)))]
        at = later(minutes=int(rng.integers(0, 21 * 24 * 60)))
        log.expose(number, variant, at)
        rate = 1.2 * (1 + lift * (variant != "control"))
        for _ in range(rng.poisson(rate)):
            when = at + dt.timedelta(minutes=int(rng.integers(-3 * 24 * 60, 20 * 24 * 60)))
            log.convert(number, "order", when, float(rng.gamma(2, 15)), float(rng.integers(1, 9)))
    return log
