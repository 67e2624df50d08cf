"""A ratio is as trustworthy as the units that carry its denominator, however many others came."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.stats import Ratio, compute_result


def ratio(carriers, *, without=4_000, worth=30.0, orders=1.0):
    """So many shoppers with an order beside those without one."""
    below = np.r_[np.full(carriers, orders), np.zeros(without)]
    return Ratio.of(below * worth * np.linspace(1, 2, len(below)), below)


def test_three_orders_of_four_thousand_shoppers_are_few():
    assert ratio(3).few
    assert compute_result({"a": ratio(300), "b": ratio(3)}, "a").comparisons["b"].few
    assert not compute_result({"a": ratio(300), "b": ratio(290)}, "a").comparisons["b"].few


@given(carriers=st.integers(1, 400), without=st.integers(0, 5_000), orders=st.floats(0.5, 20))
def test_whoever_has_no_denominator_makes_it_no_surer(carriers, without, orders):
    assert ratio(carriers, without=without, orders=orders).effective == pytest.approx(carriers, rel=1e-6)


def test_one_shopper_with_most_of_the_orders_counts_for_little_more_than_one():
    below = np.r_[1_000.0, np.ones(60)]
    assert Ratio.of(below * 10, below).effective < 2


def test_no_orders_are_few():
    assert ratio(0).effective == 0
    assert ratio(0).few
