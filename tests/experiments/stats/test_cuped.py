"""CUPED takes out what was known before, and nothing else."""

import numpy as np
import pytest
import statsmodels.api as sm

from experiments.stats import Mean, adjust, compute_result


def sample(rng, n, effect=0.0, weight=0.8):
    before = rng.gamma(2, 10, n)
    return weight * before + rng.normal(0, 6, n) + effect, before


def test_the_effect_is_that_of_a_regression_on_the_covariate():
    rng = np.random.default_rng(11)
    (yc, xc), (yt, xt) = sample(rng, 900), sample(rng, 700, 2.0)
    found = compute_result({"a": Mean.of(yc, xc), "b": Mean.of(yt, xt)}, "a").comparisons["b"]
    design = np.column_stack([np.ones(1600), np.r_[np.zeros(900), np.ones(700)], np.r_[xc, xt]])
    fitted = sm.OLS(np.r_[yc, yt], design).fit(cov_type="HC2")
    assert found.fixed.value == pytest.approx(fitted.params[1], rel=1e-9)
    assert (found.fixed.high - found.fixed.low) / 2 == pytest.approx(1.96 * fitted.bse[1], rel=0.01)


def test_the_variance_falls_by_the_squared_correlation():
    rng = np.random.default_rng(12)
    y, x = sample(rng, 40_000)
    _, adjustment = adjust([Mean.of(y[:20_000], x[:20_000]), Mean.of(y[20_000:], x[20_000:])])
    assert adjustment.reduction == pytest.approx(np.corrcoef(y, x)[0, 1] ** 2, abs=0.01)
    assert adjustment.theta == pytest.approx(0.8, abs=0.02)


def test_without_a_past_nothing_changes():
    y = np.arange(100.0)
    (estimate,), adjustment = adjust([Mean.of(y, np.zeros(100))])
    assert (adjustment.theta, adjustment.reduction) == (0, 0)
    assert estimate == Mean.of(y).estimate()


def test_a_past_of_no_use_costs_nothing():
    rng = np.random.default_rng(13)
    y, x = rng.normal(5, 1, 5000), rng.normal(5, 1, 5000)
    (estimate,), adjustment = adjust([Mean.of(y, x)])
    assert estimate.variance <= Mean.of(y).estimate().variance
    assert adjustment.reduction < 0.01


def test_arms_that_began_unequal_are_made_equal():
    rng = np.random.default_rng(14)
    x = rng.gamma(2, 10, 4000)
    y = 0.9 * x + rng.normal(0, 1, 4000)
    rich, poor = x > np.median(x), x <= np.median(x)
    found = compute_result({"a": Mean.of(y[poor], x[poor]), "b": Mean.of(y[rich], x[rich])}, "a")
    assert abs(found.comparisons["b"].fixed.value) < 0.2
    assert y[rich].mean() - y[poor].mean() > 10
