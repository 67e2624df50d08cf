"""What is compared, by which metrics, who was exposed, and what they did afterwards."""

from .experiment import Experiment, Layer, Variant
from .metric import ExperimentMetric, Metric
from .records import Conversion, Exposure, Look

__all__ = [
    "Conversion",
    "Experiment",
    "ExperimentMetric",
    "Exposure",
    "Layer",
    "Look",
    "Metric",
    "Variant",
]
