"""A running experiment with two weeks of shoppers, for the pages that show it."""

from __future__ import annotations

import datetime as dt

import numpy as np
from django.utils import timezone

from experiments.models import Conversion, Experiment, ExperimentMetric, Exposure, Metric, Variant

METRICS = {
    "conversion": "primary",
    "revenue-per-shopper": "secondary",
    "average-order-value": "secondary",
    "click-through": "guardrail",
}


def running_experiment(
    *, shoppers: int = 300, lift: float = 0.5, third: bool = False, **fields: object
) -> Experiment:
    """Exposures over the last two weeks; some click, some order, more of them in the treated variants."""
    now = timezone.now()
    made = Experiment.objects.create(
        **{
            "key": "home-order", "name": "Personal or trending at home", "status": "running", "placement": "home",
            "started_at": now - dt.timedelta(days=14), "planned_units": 2_000, **fields,
        }
    )  # fmt: skip
    names = [("trending", "Trending"), ("personal", "Personal"), ("bold", "Bold")][: 3 if third else 2]
    weights = ("34", "33", "33") if third else ("50", "50")
    variants = [
        Variant.objects.create(
            experiment=made, key=key, name=name, position=place, weight=weights[place], is_control=not place
        )
        for place, (key, name) in enumerate(names)
    ]
    for place, (key, role) in enumerate(METRICS.items()):
        ExperimentMetric.objects.create(
            experiment=made, metric=Metric.objects.get(key=key), role=role, position=place
        )
    rng = np.random.default_rng([4, made.pk])
    exposures: list[Exposure] = []
    conversions: list[Conversion] = []
    for _ in range(shoppers):
        arm = int(rng.integers(len(variants)))
        unit, at = rng.bytes(16), now - dt.timedelta(days=14 * float(rng.random()))
        exposures.append(
            Exposure(experiment=made, unit=unit, variant_id=variants[arm].pk, at=at, source="recommendation")
        )
        for what, rate in (("click", 0.3), ("order", 0.12 * (1 + lift * (arm == 1)))):
            if rng.random() < rate:
                when = min(at + dt.timedelta(days=3 * float(rng.random())), now)
                conversions.append(
                    Conversion(
                        unit=unit,
                        event_id=len(conversions),
                        what=what,
                        at=when,
                        value=float(rng.gamma(3, 12)),
                    )
                )
    Exposure.objects.bulk_create(exposures)
    Conversion.objects.bulk_create(conversions)
    return made
