"""How the value of a feature comes about: each kind once, to be read from a profile and to be asked for in SQL."""

from .base import Fold, Sources, Statement, Then
from .counted import Amount, Average, Count, Ratio, Weekly
from .leaning import Level, Shares, Strongest, Tier
from .told import Age, Told

__all__ = [
    "Age",
    "Amount",
    "Average",
    "Count",
    "Fold",
    "Level",
    "Ratio",
    "Shares",
    "Sources",
    "Statement",
    "Strongest",
    "Then",
    "Tier",
    "Told",
    "Weekly",
]
