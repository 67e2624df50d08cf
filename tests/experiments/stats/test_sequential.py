"""The always-valid interval: its formula, where it is tightest, and what it is the mixture of."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from experiments.stats.sequential import sequential_p_value, sequential_quantile, tuned_weight, weight

ALPHAS = (0.01, 0.05, 0.1)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_it_is_the_published_radius(alpha):
    # Theorem 2.2 of Waudby-Smith et al. (2021), with t, ρ and σ as printed.
    t, rho, sigma = 740, 0.08, 2.5
    printed = sigma * math.sqrt(
        2 * (t * rho**2 + 1) / (t**2 * rho**2) * math.log(math.sqrt(t * rho**2 + 1) / alpha)
    )
    assert sequential_quantile(t * rho**2, alpha) * sigma / math.sqrt(t) == pytest.approx(printed)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_it_is_tightest_at_the_planned_size(alpha):
    planned = sequential_quantile(weight(5000, 5000, alpha), alpha)
    rho = tuned_weight(alpha)
    others = np.geomspace(rho / 50, rho * 50, 500)
    assert planned == pytest.approx(min(sequential_quantile(k, alpha) for k in others), rel=1e-4)


@given(st.floats(-6, 6), st.floats(0.05, 100))
def test_the_p_value_is_one_over_the_mixture_of_likelihood_ratios(z, k):
    # Effects drawn from a normal whose variance is k times that of the estimate; Johari et al. (2022), eq. 9.
    mixed = integrate.quad(
        lambda e: math.exp(z * e - e * e / 2) * stats.norm.pdf(e, 0, math.sqrt(k)),
        -60,
        60,
        points=[0, z],
        limit=400,
    )[0]
    assert sequential_p_value(z, k) == pytest.approx(min(1, 1 / mixed), rel=1e-4)


@given(st.floats(0.001, 1e4), st.sampled_from(ALPHAS))
def test_at_its_edge_the_p_value_is_alpha(k, alpha):
    assert sequential_p_value(sequential_quantile(k, alpha), k) == pytest.approx(alpha, rel=1e-9)


@given(st.floats(0.001, 1e6), st.sampled_from(ALPHAS))
def test_it_never_reaches_less_far_than_one_look(k, alpha):
    assert sequential_quantile(k, alpha) > stats.norm.isf(alpha / 2)


def test_an_overwhelming_effect_has_no_overflow():
    assert sequential_p_value(1e6, 8) == 0
    with pytest.raises(ValueError, match="above zero"):
        weight(0, 100, 0.05)
