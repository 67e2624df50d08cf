"""Are the intervals of experiments honest? Simulated experiments whose truth is known, through the real statistics.

Three kinds of metric, shaped like a shop's: conversion (a share of 5 %), revenue per shopper (most buy nothing, the rest
a gamma; with last month's revenue as covariate), and revenue per order (a ratio; big spenders order more often). Those who
look often look early too, so the verdict is tried on a ratio of few orders besides.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from experiments.stats import (
    Code,
    Comparison,
    Mean,
    Proportion,
    Ratio,
    Statistic,
    check_split,
    compute_result,
    conclude,
)

Arm = Callable[[np.random.Generator, int, float], Statistic]


def conversion(rng: np.random.Generator, n: int, lift: float) -> Proportion:
    return Proportion(n, int(rng.binomial(n, 0.05 * (1 + lift))))


def revenue(rng: np.random.Generator, n: int, lift: float) -> Mean:
    """Every shopper has a taste for spending, seen in both months."""
    taste = rng.gamma(4, 0.25, n)
    before, after = (
        (rng.random(n) < 0.4 * np.minimum(taste, 2.5)) * rng.gamma(2, 12, n) * taste for _ in range(2)
    )
    return Mean.of(after * (1 + lift), before)


def order_value(rng: np.random.Generator, n: int, lift: float) -> Ratio:
    taste = rng.gamma(4, 0.25, n)
    orders = rng.poisson(1.5 * taste)
    return Ratio.of(orders * taste * rng.gamma(5, 6, n) * (1 + lift), orders)


def sparse_order_value(rng: np.random.Generator, n: int, lift: float) -> Ratio:
    """One shopper in two hundred orders, once, and what orders are worth is skewed: most looks rest on few of them."""
    orders = (rng.random(n) < 0.005).astype(float)
    return Ratio.of(orders * rng.lognormal(4, 1, n) * (1 + lift), orders)


KINDS: dict[str, Arm] = {"proportion": conversion, "mean": revenue, "ratio": order_value}
# Looked at again and again as well. Not held to one look's 5 %: that is for the size that was planned, not for a
# handful of orders.
LOOKED_AT: dict[str, Arm] = {**KINDS, "sparse ratio": sparse_order_value}


def false_positives(arm: Arm, *, tests: int, units: int = 4_000, seed: int = 1) -> float:
    """Share of A/A tests of so many units in all whose fixed interval excludes zero."""
    rng = np.random.default_rng(seed)
    return float(np.mean([_sure(_compared(arm, rng, units // 2, 0.0)) for _ in range(tests)]))


def coverage(arm: Arm, *, tests: int, lift: float = 0.1, units: int = 8_000, seed: int = 2) -> float:
    """Share of tests whose 95 % interval of the lift holds the true one."""
    rng = np.random.default_rng(seed)
    held = []
    for _ in range(tests):
        found = _compared(arm, rng, units // 2, lift).fixed_lift
        held.append(found is not None and found.low <= lift <= found.high)
    return float(np.mean(held))


def verdict_false_positives(
    arm: Arm, *, tests: int, looks: int = 100, units: int = 10_000, beyond: float = 2.0, seed: int = 3
) -> tuple[float, float]:
    """Shares of A/A tests called at any look: by the verdict that people read, and by the fixed interval.

    Looks go on to `beyond` times the planned units, because people go on looking: a rule that only holds until the plan
    is reached would pass without that.
    """
    rng = np.random.default_rng(seed)
    block = units // looks // 2
    called = np.zeros((tests, 2), bool)
    for test in range(tests):
        arms = {"a": arm(rng, block, 0.0), "b": arm(rng, block, 0.0)}
        for look in range(int(looks * beyond)):
            if look:
                arms = {name: one + arm(rng, block, 0.0) for name, one in arms.items()}
            found = compute_result(arms, "a", planned_units=units)
            split = check_split({name: one.n for name, one in arms.items()}, {"a": 1, "b": 1})
            complete = sum(one.n for one in arms.values()) >= units
            code = conclude(found.comparisons, split, sequential=True, complete=complete).code
            called[test] |= [code in (Code.BETTER, Code.WORSE), _sure(found.comparisons["b"])]
    verdict, once = called.mean(0)
    return float(verdict), float(once)


def _compared(arm: Arm, rng: np.random.Generator, n: int, lift: float) -> Comparison:
    arms = {"a": arm(rng, n, 0.0), "b": arm(rng, n, lift)}
    return compute_result(arms, "a", planned_units=2 * n).comparisons["b"]


def _sure(found: Comparison) -> bool:
    return found.fixed is not None and (found.fixed.above or found.fixed.below)
