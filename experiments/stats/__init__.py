"""The statistics of experiments, without Django: sufficient statistics in, frozen results out.

Poor data that is to be expected gets a `Reason` instead of a number; exceptions mean a caller's mistake.
"""

from .compare import ALPHA, PLANNED_UNITS, Result, compare, compute_result
from .corrections import benjamini_hochberg, holm
from .cuped import Adjustment, adjust
from .moments import Moments
from .outcome import Comparison, Estimate, Interval, Reason
from .power import Baseline, Design, days_needed, detectable, units_needed
from .srm import Split, check_split
from .statistics import Mean, Proportion, Ratio, Statistic
from .verdict import Code, Guardrail, Verdict, conclude

__all__ = [
    "ALPHA", "PLANNED_UNITS", "Adjustment", "Baseline", "Code", "Comparison", "Design", "Estimate", "Guardrail",
    "Interval", "Mean", "Moments", "Proportion", "Ratio", "Reason", "Result", "Split", "Statistic", "Verdict",
    "adjust", "benjamini_hochberg", "check_split", "compare", "compute_result", "conclude", "days_needed",
    "detectable", "holm", "units_needed",
]  # fmt: skip
