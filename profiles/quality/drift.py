"""How far a distribution moved from an earlier one: Kullback-Leibler divergence over bins. No Django here."""

from __future__ import annotations

import math
from collections.abc import Mapping

LIMIT = 0.1
# Fewer shoppers than this say nothing about a distribution of twenty bins.
LEAST = 200
SIGNIFICANCE = 0.0001
_SMOOTHING = 0.5

DRIFT, STEADY, TOO_FEW, NOTHING_BEFORE = "drift", "steady", "too few", "no past"


def kl_divergence(
    current: Mapping[str, float], reference: Mapping[str, float], smoothing: float = _SMOOTHING
) -> float:
    """Σ p ln(p / q) in nats over the bins of both, p of `current`, q of `reference`, both counts.

    Each bin gets `smoothing` more (Jeffreys' prior at 0.5: Krichevsky, Trofimov, IEEE Trans. Inf. Theory 27, 1981), so
    that a bin which is new, or gone, counts without being infinite.
    """
    bins = current.keys() | reference.keys()
    if not bins:
        return 0.0
    p_whole = sum(current.values()) + smoothing * len(bins)
    q_whole = sum(reference.values()) + smoothing * len(bins)
    total = 0.0
    for name in sorted(bins):
        p = (current.get(name, 0) + smoothing) / p_whole
        q = (reference.get(name, 0) + smoothing) / q_whole
        if p > 0:
            total += p * math.log(p / q) if q > 0 else math.inf
    return max(total, 0.0)


def chance(kl: float, current: float, reference: float, bins: int) -> float:
    """How probable so large a divergence is when nothing changed.

    2·n·KL follows χ² with bins − 1 degrees of freedom (Wilks, 1938); of two samples, n is n·m / (n + m).
    """
    if bins < 2 or current <= 0 or reference <= 0:
        return 1.0
    from scipy.special import gammaincc  # for workers: web processes need not load it

    effective = current * reference / (current + reference)
    return float(gammaincc((bins - 1) / 2, effective * kl))


def judge(
    current: Mapping[str, float], reference: Mapping[str, float], independent: float | None = None
) -> tuple[float | None, str]:
    """(KL, verdict): drift above 0.1 when that is no accident of few shoppers.

    `independent`: how many different shoppers the reference counts, when the same are in it on several days.
    """
    now, before = sum(current.values()), sum(reference.values())
    if not before:
        return None, NOTHING_BEFORE
    if now < LEAST:
        return None, TOO_FEW
    current, reference = _pooled(current, reference)
    kl = kl_divergence(current, reference)
    bins = len(current.keys() | reference.keys())
    unlikely = chance(kl, now, min(before, independent or before), bins) < SIGNIFICANCE
    return kl, DRIFT if kl > LIMIT and unlikely else STEADY


def _pooled(
    current: Mapping[str, float], reference: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Bins in which both together hold too few to tell anything, as one (Cochran's rule of five in each)."""
    rare = {n for n in current.keys() | reference.keys() if current.get(n, 0) + reference.get(n, 0) < 10}
    sides = []
    for side in (current, reference):
        kept = {name: count for name, count in side.items() if name not in rare}
        rest = sum(side.get(name, 0) for name in rare)
        sides.append({**kept, "": rest} if rest else kept)
    return sides[0], sides[1]
