"""What holds for every interval."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from experiments.stats import Estimate, Mean, Proportion, compare, compute_result

SAMPLES = st.lists(st.floats(0.01, 1e4), min_size=3, max_size=30).filter(lambda v: max(v) - min(v) > 1e-3)
COUNTS = st.integers(2, 5000).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n - 1)))
ALPHAS = st.sampled_from([0.001, 0.01, 0.05, 0.1, 0.2])


def means(a, b, **options):
    return compute_result({"a": Mean.of(a), "b": Mean.of(b)}, "a", **options).comparisons["b"]


def shares(a, b, **options):
    return compute_result({"a": Proportion(*a), "b": Proportion(*b)}, "a", **options).comparisons["b"]


@given(SAMPLES, SAMPLES, ALPHAS)
def test_every_interval_holds_its_estimate(a, b, alpha):
    found = means(a, b, alpha=alpha)
    for interval in (found.fixed, found.sequential, found.fixed_lift, found.sequential_lift):
        assert interval is None or interval.low <= interval.value <= interval.high


@given(COUNTS, COUNTS, ALPHAS, st.integers(10, 100_000))
def test_the_sequential_interval_contains_the_fixed_one(a, b, alpha, planned):
    found = shares(a, b, alpha=alpha, planned_units=planned)
    assert found.sequential.low <= found.fixed.low
    assert found.fixed.high <= found.sequential.high
    assert found.sequential_p_value >= found.p_value


@given(SAMPLES, SAMPLES)
def test_exchanging_the_arms_mirrors_the_difference(a, b):
    one, other = means(a, b), means(b, a)
    mirrored = (-other.fixed.value, -other.fixed.high, -other.fixed.low)
    assert (one.fixed.value, one.fixed.low, one.fixed.high) == pytest.approx(mirrored, rel=1e-9, abs=1e-9)
    assert one.p_value == pytest.approx(other.p_value)


@given(SAMPLES, SAMPLES, st.sampled_from([0.01, 3.0, 100.0]))
def test_cents_or_dollars_make_no_difference(a, b, factor):
    one, other = means(a, b), means([factor * v for v in a], [factor * v for v in b])
    assert other.fixed.low == pytest.approx(factor * one.fixed.low, rel=1e-6, abs=1e-9 * factor)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-6)
    if one.fixed_lift and other.fixed_lift:
        assert other.fixed_lift.high == pytest.approx(one.fixed_lift.high, rel=1e-6)


@given(COUNTS, COUNTS, ALPHAS)
def test_an_interval_excludes_zero_exactly_when_its_test_is_significant(a, b, alpha):
    found = shares(a, b, alpha=alpha)
    for interval, p in ((found.fixed, found.p_value), (found.sequential, found.sequential_p_value)):
        assume(abs(p - alpha) > 1e-9)
        assert (interval.above or interval.below) == (p < alpha)


@given(COUNTS, COUNTS, ALPHAS)
def test_difference_and_lift_never_disagree_about_zero(a, b, alpha):
    found = shares(a, b, alpha=alpha)
    assume(abs(found.p_value - alpha) > 1e-9)
    if found.fixed_lift:
        assert (found.fixed_lift.above, found.fixed_lift.below) == (found.fixed.above, found.fixed.below)


@given(COUNTS, COUNTS)
def test_a_smaller_alpha_is_a_wider_interval(a, b):
    narrow, wide = shares(a, b, alpha=0.1), shares(a, b, alpha=0.01)
    assert wide.fixed.low < narrow.fixed.low
    assert wide.fixed.high > narrow.fixed.high


def test_with_much_data_the_lift_is_that_of_the_delta_method():
    control, treatment = Estimate(2.0, 1e-6, 10_000), Estimate(2.2, 1.5e-6, 10_000)
    found = compare(control, treatment).fixed_lift
    error = math.sqrt((1.5e-6 + 1.1**2 * 1e-6) / 4)
    assert found.value == pytest.approx(0.1)
    assert (found.low, found.high) == pytest.approx((0.1 - 1.95996 * error, 0.1 + 1.95996 * error), abs=3e-6)


def test_several_arms_share_the_risk():
    arms = {"a": Proportion(1000, 100), "b": Proportion(1000, 130), "c": Proportion(1000, 120)}
    together = compute_result(arms, "a", simultaneous=True)
    alone = compute_result({"a": arms["a"], "b": arms["b"]}, "a", alpha=0.025)
    assert together.comparisons["b"].fixed == alone.comparisons["b"].fixed
    assert together.holm["b"] == pytest.approx(2 * together.comparisons["b"].p_value)
