"""The check that arms got their shares."""

import pytest

from experiments.stats import check_split


def test_chance_does_not_break_a_split():
    assert not check_split({"a": 5100, "b": 4900}, {"a": 1, "b": 1}).broken
    assert check_split({"a": 5400, "b": 4600}, {"a": 1, "b": 1}).broken


def test_nobody_is_expected_in_an_arm_without_weight():
    assert check_split({"a": 100, "b": 100, "c": 1}, {"a": 1, "b": 1, "c": 0}).broken
    assert not check_split({"a": 100, "b": 100, "c": 0}, {"a": 1, "b": 1, "c": 0}).broken


def test_a_handful_cannot_tell():
    assert check_split({"a": 8, "b": 0}, {"a": 1, "b": 1}).p_value is None
    assert check_split({"a": 0, "b": 0}, {"a": 1, "b": 1}).p_value is None


def test_arms_that_do_not_match_are_a_mistake():
    with pytest.raises(ValueError, match="counts of"):
        check_split({"a": 1}, {"b": 1})
