"""The planner against statsmodels, textbooks, and its own inverse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import power_proportions_2indep

from experiments.stats import Baseline, Design, days_needed, detectable, units_needed


def test_proportions_of_the_textbook():
    # Chow, Shao and Wang (2008), section 4.2.2: 65 % against 85 %, α 5 %, power 80 %: 70 in each arm.
    assert units_needed(Baseline.of_proportion(0.65), 0.20) == pytest.approx(2 * 70, abs=1)


def test_means_of_the_textbook():
    # Chow, Shao and Wang (2008), section 3.2.1: a difference of 5 with a deviation of 10: 63 in each arm.
    assert units_needed(Baseline.of_mean(5, 100), 5) == pytest.approx(2 * 63, abs=1)


def test_the_power_is_that_of_statsmodels():
    each = units_needed(Baseline.of_proportion(0.05), 0.01) / 2
    found = power_proportions_2indep(0.01, 0.05, each, ratio=1, alpha=0.05)
    assert found.power == pytest.approx(0.8, abs=0.003)


def test_uneven_arms_are_those_of_statsmodels():
    design = Design(alpha=0.01, power=0.9, control_share=0.8, treatment_share=0.2)
    units = units_needed(Baseline.of_mean(30, 400), 2, design)
    power = NormalIndPower().power(2 / 20, 0.8 * units, 0.01, ratio=0.25)
    assert power == pytest.approx(0.9, abs=0.001)


@given(st.floats(0.01, 0.7), st.floats(0.002, 0.2), st.sampled_from([0.7, 0.8, 0.95]), st.booleans())
def test_the_detectable_effect_undoes_the_number_of_units(share, difference, power, sequential):
    baseline, design = Baseline.of_proportion(share), Design(power=power, sequential=sequential)
    units = units_needed(baseline, difference, design)
    found = detectable(baseline, units, design)
    assert found == pytest.approx(difference, rel=2e-2)
    assert found <= difference * (1 + 1e-9)


@given(st.floats(0.1, 1e4), st.floats(1e-3, 10))
def test_means_go_there_and_back(variance, difference):
    baseline = Baseline.of_mean(50, variance)
    units = units_needed(baseline, difference)
    if units > 100:
        assert detectable(baseline, units) == pytest.approx(difference, rel=1e-2)


def test_looking_every_day_costs_about_twice_the_units():
    baseline = Baseline.of_proportion(0.1)
    once, always = units_needed(baseline, 0.01), units_needed(baseline, 0.01, Design(sequential=True))
    assert 1.8 < always / once < 2.0


def test_what_cannot_be_found():
    baseline = Baseline.of_proportion(0.9)
    assert units_needed(baseline, 0) is None
    assert units_needed(baseline, 0.2) is None
    assert detectable(baseline, 3) is None
    assert detectable(baseline, 0) is None
    assert days_needed(1000, 0) is None
    assert days_needed(1001, 100) == 11


@pytest.mark.parametrize("share", [0, 1, -0.1])
def test_a_share_lies_between_nobody_and_everybody(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Baseline.of_proportion(share)


def test_arms_without_a_share_are_refused():
    with pytest.raises(ValueError, match="share"):
        Design(control_share=0)
    with pytest.raises(ValueError, match="alpha"):
        Design(alpha=1.2)
