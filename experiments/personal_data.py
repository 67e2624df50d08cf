"""Personal data of this room: the log of units, which are pseudonyms of shoppers."""

from __future__ import annotations

from compliance.registry import impersonal, register
from compliance.tables import by_unit, table_store

register(
    table_store(
        "Experiments the person was part of",
        "experiments_exposure",
        "unit",
        by_unit,
        covers=("experiments.Exposure.*",),
        order=35,
        shown=("experiment_id", "variant_id", "at", "source"),
    )
)
register(
    table_store(
        "What experiments counted of the person",
        "experiments_conversion",
        "unit",
        by_unit,
        covers=("experiments.Conversion.*",),
        order=36,
        shown=("what", "at", "value", "quantity"),
    )
)
impersonal(
    "experiments.Experiment.*",
    "experiments.Layer.*",
    "experiments.Variant.*",
    "experiments.Metric.*",
    "experiments.ExperimentMetric.*",
    reason="what the merchant compares",
)
impersonal("experiments.Look.*", reason="sums over all units of a variant")
