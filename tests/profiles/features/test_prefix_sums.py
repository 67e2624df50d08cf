"""Prefix sums give what a recount of every question gives, at the edges of windows too."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiles.features.offline.prefix import Clock, Sums, Weights

rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30), st.integers(0, 9)), max_size=60)
questions = st.lists(st.tuples(st.integers(0, 5), st.integers(-3, 33), st.integers(-3, 33)), min_size=1)


def columns(given_rows, width):
    return np.array(given_rows, np.int64).reshape(-1, width).T


@given(rows, questions)
def test_sums(given_rows, asked):
    subject, at, amount = columns(given_rows, 3)
    who, start, end = columns(asked, 3)
    found = Sums.of(Clock.of(at), subject, at, amount).between(who, start, end)
    naive = [sum(n for s, t, n in given_rows if s == w and a <= t <= b) for w, a, b in asked]
    assert found.tolist() == naive


@given(rows, questions)
def test_weights(given_rows, asked):
    subject, at, amount = columns(given_rows, 3)
    who, _, end = columns(asked, 3)
    found = Weights.of(Clock.of(at), subject, at, amount / 7, 6).at(who, end)
    naive = [sum(n for s, t, n in given_rows if s == w and t <= b) / 7 for w, _, b in asked]
    assert np.allclose(found, naive)
