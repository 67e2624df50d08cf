"""Counts, means and centred sums of two numbers per unit: all that the tests need to know of a million shoppers."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Moments:
    """Of pairs (y, x), one per unit. `yy`, `xx` and `xy` are sums of products of deviations from the means.

    Adding two of them gives the moments of both groups together: the pairwise update of Chan, Golub and LeVeque
    (1979), "Updating formulae and a pairwise algorithm for computing sample variances". Kept centred, because
    Σy² − (Σy)²/n loses every digit when the mean is large beside the spread.
    """

    n: int = 0
    y: float = 0.0
    x: float = 0.0
    yy: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    @classmethod
    def of(cls, y: Any, x: Any = None) -> Moments:
        """From one value per unit; without `x` its moments are zero. ValueError when the lengths differ."""
        ys = np.asarray(y, float)
        xs = np.zeros_like(ys) if x is None else np.asarray(x, float)
        if ys.shape != xs.shape or ys.ndim != 1:
            raise ValueError(f"y and x need one value per unit each, not shapes {ys.shape} and {xs.shape}")
        if not len(ys):
            return cls()
        mean_y, mean_x = float(ys.mean()), float(xs.mean())
        if not (isfinite(mean_y) and isfinite(mean_x)):
            return cls(len(ys), mean_y, mean_x, nan, nan, nan)
        dy, dx = ys - mean_y, xs - mean_x
        return cls(len(ys), mean_y, mean_x, float(dy @ dy), float(dx @ dx), float(dy @ dx))

    @classmethod
    def of_sums(
        cls, n: int, y: float, yy: float, x: float = 0.0, xx: float = 0.0, xy: float = 0.0
    ) -> Moments:
        """From plain sums Σy, Σy², Σx, Σx², Σxy, where most units are zero and little can cancel."""
        if not n:
            return cls()
        return cls(
            n, y / n, x / n, max(0.0, yy - y * y / n), max(0.0, xx - x * x / n), xy - x * y / n
        )  # fmt: skip

    def __add__(self, other: Moments) -> Moments:
        n = self.n + other.n
        if not n:
            return Moments()
        dy, dx = other.y - self.y, other.x - self.x
        share, weight = other.n / n, self.n * other.n / n
        return Moments(
            n,
            self.y + dy * share,
            self.x + dx * share,
            self.yy + other.yy + dy * dy * weight,
            self.xx + other.xx + dx * dx * weight,
            self.xy + other.xy + dy * dx * weight,
        )

    def variance(self, of: str = "yy") -> float:
        """Sample variance (`yy`, `xx`) or covariance (`xy`), n − 1 below; 0 for fewer than two units."""
        return float(getattr(self, of)) / (self.n - 1) if self.n > 1 else 0.0
