"""The intervals against scipy, statsmodels and published examples."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.proportion import test_proportions_2indep as proportions_test
from statsmodels.stats.weightstats import CompareMeans

from experiments.stats import (
    Mean,
    Proportion,
    Ratio,
    benjamini_hochberg,
    check_split,
    compute_result,
    holm,
)

RNG = np.random.default_rng(7)
CONTROL, TREATMENT = RNG.gamma(1.2, 20, 340), RNG.gamma(1.3, 21, 290)


def only(arms):
    return compute_result(arms, "a").comparisons["b"]


def test_welch_is_that_of_statsmodels_and_scipy():
    ours = only({"a": Mean.of(CONTROL), "b": Mean.of(TREATMENT)})
    theirs = CompareMeans.from_data(TREATMENT, CONTROL).tconfint_diff(usevar="unequal")
    assert (ours.fixed.low, ours.fixed.high) == pytest.approx(theirs, rel=1e-12)
    assert ours.p_value == pytest.approx(
        stats.ttest_ind(TREATMENT, CONTROL, equal_var=False).pvalue, rel=1e-9
    )


def test_two_proportions_are_those_of_statsmodels():
    ours = only({"a": Proportion(1203, 61), "b": Proportion(1187, 92)})
    theirs = confint_proportions_2indep(92, 1187, 61, 1203, method="wald", compare="diff")
    assert (ours.fixed.low, ours.fixed.high) == pytest.approx(theirs, rel=1e-12)
    assert ours.p_value == pytest.approx(proportions_test(92, 1187, 61, 1203, method="wald").pvalue)


def test_the_published_interval_of_two_proportions():
    # Newcombe (1998), "Interval estimation for the difference between independent proportions", table II, method 1,
    # row a: 56/70 against 48/80 gives 0.0575 to 0.3425.
    ours = only({"a": Proportion(80, 48), "b": Proportion(70, 56)})
    assert (ours.fixed.low, ours.fixed.high) == pytest.approx((0.0575, 0.3425), abs=5e-5)


def test_the_published_t_test_of_unequal_variances():
    # Welch's test on "Student's sleep data" (1908), as in R's help page of t.test: t = −1.8608, df = 17.776,
    # p = 0.07939, interval −3.3654832 to 0.2054832.
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    ours = only({"a": Mean.of(second), "b": Mean.of(first)})
    assert (ours.fixed.low, ours.fixed.high) == pytest.approx((-3.3654832, 0.2054832), abs=5e-8)
    assert ours.p_value == pytest.approx(0.07939, abs=5e-6)


def test_the_delta_method_agrees_with_the_bootstrap():
    orders = RNG.poisson(1.4, 3000)
    revenue = orders * RNG.gamma(3, 9, 3000)
    ours = Ratio.of(revenue, orders).estimate()
    draws = RNG.integers(0, 3000, (2000, 3000))
    spread = (revenue[draws].sum(1) / orders[draws].sum(1)).std()
    assert ours.value == pytest.approx(revenue.sum() / orders.sum())
    assert ours.variance**0.5 == pytest.approx(spread, rel=0.06)


def test_the_delta_method_is_the_variance_of_the_residuals():
    # The linearisation of Deng et al. (2018), computed unit by unit instead of from moments.
    orders = RNG.poisson(2, 500) + 1.0
    revenue = orders * RNG.gamma(3, 9, 500)
    ratio = revenue.sum() / orders.sum()
    residuals = (revenue - ratio * orders) / orders.mean()
    ours = Ratio.of(revenue, orders).estimate()
    assert ours.variance == pytest.approx(residuals.var(ddof=1) / 500, rel=1e-10)


def test_corrections_are_those_of_statsmodels():
    values = {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005, "e": 0.55}
    for ours, method in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        expected = multipletests(list(values.values()), method=method)[1]
        assert list(ours(values).values()) == pytest.approx(list(expected))
        assert list(ours(values)) == list(values)


def test_the_published_correction():
    # Benjamini and Hochberg (1995), section 2.2: of these 15 p-values the procedure at 0.05 rejects four,
    # Bonferroni three.
    published = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
        0.7590, 1.0,
    ]  # fmt: skip
    values = {str(n): value for n, value in enumerate(published)}
    assert sum(value <= 0.05 for value in benjamini_hochberg(values).values()) == 4
    assert sum(value <= 0.05 for value in holm(values).values()) == 3


def test_the_split_is_scipys_chi_square():
    split = check_split({"a": 821_588, "b": 815_482}, {"a": 50, "b": 50})
    assert split.p_value == pytest.approx(stats.chisquare([821_588, 815_482]).pvalue)
    # Kohavi, Tang and Xu (2020), "Trustworthy online controlled experiments", chapter 3: the p-value is 1.8E-6.
    assert split.p_value == pytest.approx(1.8e-6, rel=0.03)
    assert split.broken
    uneven = check_split({"a": 912, "b": 61, "c": 27}, {"a": 9, "b": 0.6, "c": 0.4})
    assert uneven.p_value == pytest.approx(stats.chisquare([912, 61, 27], [900, 60, 40]).pvalue)
