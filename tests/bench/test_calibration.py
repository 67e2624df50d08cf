"""Simulated experiments with a known truth: intervals err as often as they say, and a broken one is noticed.

Seeded and small; `make bench` runs thousands. The limits are four standard errors of a share around what is promised.
"""

import pytest

from bench.calibration import KINDS, LOOKED_AT, coverage, false_positives, verdict_false_positives


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_difference_one_in_twenty_is_found(kind):
    assert 0.02 <= false_positives(KINDS[kind], tests=800, units=2_000) <= 0.08


@pytest.mark.parametrize("kind", KINDS)
def test_the_true_lift_lies_in_the_interval(kind):
    assert 0.92 <= coverage(KINDS[kind], tests=800, units=6_000) <= 0.98


@pytest.mark.parametrize("kind", KINDS)
def test_looking_on_after_the_plan_fools_one_look_but_not_the_verdict(kind):
    verdict, once = verdict_false_positives(KINDS[kind], tests=120, looks=30, units=4_000, beyond=2)
    assert verdict <= 0.05
    assert once > 0.15


def test_a_handful_of_orders_calls_no_winner():
    verdict, once = verdict_false_positives(
        LOOKED_AT["sparse ratio"], tests=120, looks=20, units=8_000, beyond=1
    )
    assert verdict <= 0.05
    assert once > 0.4
