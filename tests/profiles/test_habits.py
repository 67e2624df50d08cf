"""Leanings fade: half in sixty days, in whatever order the events come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.features import habits

DAY = 86400.0


def test_sixty_days_halve():
    features: dict = {}
    habits.note(features, habits.BRANDS, "old", 0.0)
    habits.note(features, habits.BRANDS, "new", 60 * DAY)
    assert habits.shares(features, habits.BRANDS, 5) == {"new": 0.6667, "old": 0.3333}


acts = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 300)), min_size=1, max_size=12)


@given(acts, st.randoms())
def test_the_order_of_arrival_does_not_matter(given_acts, random):
    one: dict = {}
    other: dict = {}
    for name, day in given_acts:
        habits.note(one, habits.CATEGORIES, name, day * DAY)
    shuffled = list(given_acts)
    random.shuffle(shuffled)
    for name, day in shuffled:
        habits.note(other, habits.CATEGORIES, name, day * DAY)
    first, second = habits.shares(one, habits.CATEGORIES, 3), habits.shares(other, habits.CATEGORIES, 3)
    assert first == pytest.approx(second, abs=0.002)


def test_the_names_kept_are_bounded_and_the_strongest():
    features: dict = {}
    for number in range(500):
        habits.note(features, habits.BRANDS, f"b{number}", 0.0, 1 + number % 7)
        habits.note(features, habits.BRANDS, "favourite", 0.0, 5)
    assert len(features["habits"][habits.BRANDS]) <= 2 * habits.MOST
    assert next(iter(habits.shares(features, habits.BRANDS, 1))) == "favourite"


def test_shares_stay_true_when_weak_names_go():
    features: dict = {}
    for number in range(300):
        habits.note(features, habits.BRANDS, f"b{number}", 0.0)
    habits.note(features, habits.BRANDS, "favourite", 0.0, 100)
    assert habits.shares(features, habits.BRANDS, 1) == {"favourite": 0.25}
    merged: dict = {}
    habits.merge(merged, features)
    habits.merge(merged, features)
    assert habits.shares(merged, habits.BRANDS, 1) == {"favourite": 0.25}
