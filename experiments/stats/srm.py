"""Sample ratio mismatch: did the arms get the shares that they were promised?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .distributions import chi_squared_tail

# Fabijan et al. (2019), "Diagnosing sample ratio mismatch in online controlled experiments", recommend 0.0005 to 0.001:
# the check runs again and again, and a broken split is rarely a close call.
THRESHOLD = 0.001
# Below so many expected units in an arm the chi-squared approximation is no good (Cochran 1954).
FEWEST_EXPECTED = 5


@dataclass(frozen=True, slots=True)
class Split:
    """`expected`: units by arm. `p_value` is None while there is too little to tell."""

    observed: dict[str, int]
    expected: dict[str, float]
    p_value: float | None

    @property
    def broken(self) -> bool:
        return self.p_value is not None and self.p_value < THRESHOLD


def check_split(observed: Mapping[str, int], weights: Mapping[str, float]) -> Split:
    """Pearson's chi-squared test of the counts by arm against the weights, which need not sum to one.

    An arm of weight zero expects nobody; anybody there breaks the split. ValueError for names that don't match.
    """
    if set(observed) != set(weights) or min(weights.values(), default=0) < 0:
        raise ValueError(f"counts of {sorted(observed)} against weights {dict(weights)}")
    whole, sum_of_weights = sum(observed.values()), sum(weights.values())
    share = {name: weight / sum_of_weights if sum_of_weights else 0.0 for name, weight in weights.items()}
    expected = {name: whole * share[name] for name in observed}
    split = Split(dict(observed), expected, None)
    if any(observed[name] and not expected[name] for name in observed):
        return Split(split.observed, expected, 0.0)
    tested = [name for name in observed if expected[name]]
    if len(tested) < 2 or min(expected[name] for name in tested) < FEWEST_EXPECTED:
        return split
    squares = sum((observed[name] - expected[name]) ** 2 / expected[name] for name in tested)
    return Split(split.observed, expected, chi_squared_tail(len(tested) - 1, squares))
