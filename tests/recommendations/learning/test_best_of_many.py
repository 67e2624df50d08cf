"""The best of many scores, and lists laid into one another."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommendations.learning.compiled.reach import best, interleave


@given(
    st.lists(st.integers(-3, 6), max_size=60), st.integers(0, 70), st.sampled_from([np.float32, np.float64])
)
def test_the_largest_above_zero_best_first_ties_by_position(values, limit, dtype):
    scores = np.asarray(values, dtype)
    expected = [i for i in np.argsort(-scores, kind="stable").tolist() if scores[i] > 0][:limit]
    assert best(scores, limit).tolist() == expected


@given(
    st.lists(st.lists(st.integers(0, 15), unique=True, max_size=8), min_size=2, max_size=4),
    st.sets(st.integers(0, 15)),
    st.integers(0, 20),
)
def test_own_first_then_in_turn_without_repeats(lists, banned, limit):
    arrays = [np.asarray(rows, np.int32) for rows in lists]
    rows, source = interleave(arrays, 1, np.asarray(sorted(banned), np.int32), 16, limit)
    queue = [(row, 1) for row in lists[1]]
    for turn in range(8):
        queue += [(rows[turn], n) for n, rows in enumerate(lists) if n != 1 and turn < len(rows)]
    expected: dict[int, int] = {}
    for row, number in queue:
        if row not in banned:
            expected.setdefault(row, number)
    assert list(zip(rows.tolist(), source.tolist(), strict=True)) == list(expected.items())[:limit]
