"""From the log of exposures and conversions to intervals over time and a verdict."""

from .compute import results_of
from .document import ArmUnits, LookBack, MetricResult, Results
from .stored import last_known, latest

__all__ = ["ArmUnits", "LookBack", "MetricResult", "Results", "last_known", "latest", "results_of"]
