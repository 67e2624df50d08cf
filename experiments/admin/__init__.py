"""The analysts' pages: experiments with their builder, metrics, layers, results, the planner."""

from . import experiments, layers, metrics, planner, results  # noqa: F401
