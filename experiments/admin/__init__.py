"""The analysts' pages: experiments with their builder, metrics, layers."""

from . import experiments, layers, metrics  # noqa: F401
