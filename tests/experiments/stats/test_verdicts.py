"""One conclusion, by the rule that was set beforehand."""

import pytest

from experiments.stats import Code, Guardrail, Mean, Proportion, Reason, check_split, compute_result, conclude


def verdict(control, *treatments, sequential=False, complete=True, planned=2000, **options):
    arms = {"a": control, **dict(zip("bcd", treatments, strict=False))}
    found = compute_result(arms, "a", planned_units=planned, simultaneous=True)
    split = check_split({name: arm.n for name, arm in arms.items()}, dict.fromkeys(arms, 1))
    return conclude(found.comparisons, split, sequential=sequential, complete=complete, **options)


CLEAR, SLIGHT, SAME, LESS = (Proportion(1000, successes) for successes in (180, 130, 101, 60))
CONTROL = Proportion(1000, 100)


def test_a_clear_winner_needs_no_plan_to_end():
    found = verdict(CONTROL, CLEAR, sequential=True, complete=False)
    assert (found.code, found.arm, found.sequential) == (Code.BETTER, "b", True)
    assert found.lift.value == pytest.approx(0.8)


@pytest.mark.parametrize("complete", [False, True])
def test_who_looks_often_is_judged_by_one_interval_before_and_after_the_plan(complete):
    # 10 % against 13 %: significant for one look, not for somebody who looked every day.
    assert verdict(CONTROL, SLIGHT, sequential=True, complete=complete).code == Code.UNDECIDED


def test_one_look_decides_when_the_plan_is_complete_and_not_before():
    assert verdict(CONTROL, SLIGHT, complete=False).code == Code.TOO_EARLY
    assert verdict(CONTROL, CLEAR, complete=False).code == Code.TOO_EARLY
    assert verdict(CONTROL, SLIGHT, complete=True).code == Code.BETTER


def test_where_less_is_better():
    assert verdict(CONTROL, LESS).code == Code.WORSE
    assert verdict(CONTROL, LESS, up=False).code == Code.BETTER


def test_the_better_of_two():
    found = verdict(CONTROL, SLIGHT, CLEAR)
    assert (found.code, found.arm) == (Code.BETTER, "c")


def test_one_undecided_arm_keeps_it_from_being_worse():
    assert verdict(CONTROL, LESS, SAME).code == Code.UNDECIDED
    assert verdict(CONTROL, LESS, LESS).code == Code.WORSE


def test_alike_needs_an_interval_within_what_matters():
    big = Proportion(400_000, 40_000), Proportion(400_000, 40_100)
    assert verdict(*big, negligible=0.03).code == Code.ALIKE
    assert verdict(CONTROL, SAME, negligible=0.03).code == Code.UNDECIDED


def test_a_broken_split_comes_before_any_number():
    assert verdict(CONTROL, Proportion(1500, 400)).code == Code.BROKEN_SPLIT


def test_a_guardrail_comes_before_a_winner():
    returns = compute_result({"a": Proportion(1000, 20), "b": Proportion(1000, 70)}, "a").comparisons
    found = verdict(CONTROL, CLEAR, guardrails=(Guardrail("returns", returns, up=False),))
    assert (found.code, found.metric, found.arm) == (Code.GUARDRAIL, "returns", "b")
    assert verdict(CONTROL, CLEAR, guardrails=(Guardrail("x", returns, up=True),)).code == Code.BETTER


def test_a_guardrail_is_watched_before_the_one_look():
    returns = compute_result({"a": Proportion(1000, 20), "b": Proportion(1000, 90)}, "a").comparisons
    found = verdict(CONTROL, SAME, complete=False, guardrails=(Guardrail("returns", returns, up=False),))
    assert (found.code, found.sequential) == (Code.GUARDRAIL, True)


def test_a_guardrail_does_not_wait_for_the_primary_metrics_numbers():
    returns = compute_result({"a": Proportion(1000, 20), "b": Proportion(1000, 90)}, "a").comparisons
    nobody = Proportion(1000, 0)
    found = verdict(nobody, nobody, guardrails=(Guardrail("returns", returns, up=False),))
    assert (found.code, found.metric, found.arm) == (Code.GUARDRAIL, "returns", "b")
    assert verdict(nobody, nobody, guardrails=(Guardrail("x", returns),)).code == Code.NO_NUMBERS


def test_a_handful_is_too_early():
    assert verdict(Proportion(40, 2), Proportion(40, 15)).code == Code.TOO_EARLY
    assert verdict(Mean.of(range(20)), Mean.of(range(40, 60))).code == Code.TOO_EARLY


def test_nothing_to_go_by():
    assert verdict(Proportion(), Proportion()).code == Code.NO_EXPOSURES
    found = verdict(Proportion(100, 0), Proportion(100, 0))
    assert (found.code, found.reason) == (Code.NO_NUMBERS, Reason.ZERO_VARIANCE)
