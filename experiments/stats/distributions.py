"""The distribution functions that the tests here need, out of scipy.special.

Loaded by the first number that is computed and not with the module: every web process imports these rooms, few ever compute a
result, and the library takes 30 MB. scipy.stats would take 90, and cost a hundred times as much a call.
"""

from __future__ import annotations

from typing import Any


def _special() -> Any:
    from scipy import special

    return special


def normal_cdf(z: float) -> float:
    return float(_special().ndtr(z))


def normal_quantile(share: float) -> float:
    return float(_special().ndtri(share))


def student_cdf(degrees: float, t: float) -> float:
    return float(_special().stdtr(degrees, t))


def student_quantile(degrees: float, share: float) -> float:
    return float(_special().stdtrit(degrees, share))


def chi_squared_tail(degrees: int, squares: float) -> float:
    """P(χ² > squares)."""
    return float(_special().chdtrc(degrees, squares))


def lambert_w(x: float, branch: int) -> float:
    """The real part of the branch of w·exp(w) = x."""
    return float(_special().lambertw(x, branch).real)
