"""Data without an answer gets a reason, never an exception or a made-up number."""

import pytest

from experiments.stats import Estimate, Mean, Proportion, Ratio, Reason, compare, compute_result

GOOD_MEAN = Mean.of(range(60))
CASES = {
    "nobody at all": (Proportion(), Proportion(), Reason.NO_EXPOSURES),
    "an empty control": (Proportion(), Proportion(10, 2), Reason.EMPTY_ARM),
    "an empty treatment": (Proportion(10, 2), Proportion(), Reason.EMPTY_ARM),
    "nobody converted": (Proportion(100, 0), Proportion(90, 0), Reason.ZERO_VARIANCE),
    "everybody converted": (Proportion(100, 100), Proportion(90, 90), Reason.ZERO_VARIANCE),
    "one unit": (GOOD_MEAN, Mean.of([1.0]), Reason.ONE_UNIT),
    "all the same": (Mean.of([2.0] * 9), Mean.of([2.0] * 8), Reason.ZERO_VARIANCE),
    "an empty mean": (Mean.of([]), GOOD_MEAN, Reason.EMPTY_ARM),
    "no orders": (Ratio.of([1, 2], [1, 1]), Ratio.of([0, 0], [0, 0]), Reason.ZERO_DENOMINATOR),
    "one buyer": (Ratio.of([1, 2], [1, 1]), Ratio.of([3], [1]), Reason.ONE_UNIT),
    "an endless number": (GOOD_MEAN, Mean.of([1.0, float("inf"), 2.0]), Reason.NOT_FINITE),
}


@pytest.mark.parametrize("case", CASES)
def test_the_reason(case):
    control, treatment, reason = CASES[case]
    found = compute_result({"a": control, "b": treatment}, "a").comparisons["b"]
    assert found.reason == reason
    assert found.fixed is found.sequential is found.fixed_lift is found.p_value is None


def test_other_arms_are_still_compared():
    arms = {"a": Proportion(100, 20), "b": Proportion(), "c": Proportion(100, 30)}
    found = compute_result(arms, "a")
    assert found.comparisons["b"].reason == Reason.EMPTY_ARM
    assert found.comparisons["c"].fixed.value == pytest.approx(0.1)


def test_no_lift_over_a_control_that_may_be_zero():
    found = compute_result({"a": Proportion(1000, 1), "b": Proportion(1000, 40)}, "a").comparisons["b"]
    assert found.lift_reason == Reason.CONTROL_NEAR_ZERO
    assert found.fixed_lift is None
    assert found.fixed.above


def test_few_successes_are_said():
    found = compute_result({"a": Proportion(1000, 5), "b": Proportion(1000, 40)}, "a").comparisons["b"]
    assert found.few
    assert not compute_result({"a": Proportion(99, 15), "b": Proportion(99, 16)}, "a").comparisons["b"].few


def test_control_alone_compares_nothing():
    assert compute_result({"a": Proportion(10, 2)}, "a").comparisons == {}
    assert compare(Estimate(1, 0, 5), Estimate(2, 0, 5)).reason == Reason.ZERO_VARIANCE


def test_more_successes_than_units_is_a_mistake():
    with pytest.raises(ValueError, match="11 successes of 10 units"):
        Proportion(10, 11)
