"""p-values of several comparisons at once."""

from __future__ import annotations

from collections.abc import Mapping


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Family-wise: any false alarm counts. Holm (1979), "A simple sequentially rejective multiple test procedure"."""
    corrected, highest = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[name]))
        corrected[name] = highest
    return {name: corrected[name] for name in p_values}


def benjamini_hochberg(p_values: Mapping[str, float]) -> dict[str, float]:
    """Share of false alarms among the alarms. Benjamini and Hochberg (1995), "Controlling the false discovery rate"."""
    corrected, lowest, many = {}, 1.0, len(p_values)
    for rank, name in enumerate(sorted(p_values, key=lambda name: -p_values[name])):
        lowest = min(lowest, p_values[name] * many / (many - rank))
        corrected[name] = lowest
    return {name: corrected[name] for name in p_values}
