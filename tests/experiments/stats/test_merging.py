"""Statistics of parts, added, are those of the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.stats import Mean, Moments, Proportion, Ratio, compute_result

VALUES = st.lists(
    st.tuples(st.floats(-1e6, 1e6, allow_subnormal=False), st.floats(-1e3, 1e3, allow_subnormal=False)),
    max_size=40,
)


def fields(m):
    return (m.n, m.y, m.x, m.yy, m.xx, m.xy)


def near(one, other):
    scale = max(1.0, *(abs(value) for value in fields(other)))
    return fields(one) == pytest.approx(fields(other), rel=1e-9, abs=1e-9 * scale)


def moments(rows):
    return Moments.of([y for y, _ in rows], [x for _, x in rows])


@given(VALUES, VALUES)
def test_merging_is_recomputing(first, second):
    assert near(moments(first) + moments(second), moments(first + second))


@given(VALUES, VALUES, VALUES)
def test_the_order_of_merging_does_not_matter(a, b, c):
    assert near((moments(a) + moments(b)) + moments(c), moments(c) + (moments(b) + moments(a)))


@given(VALUES)
def test_nobody_changes_nothing(rows):
    assert moments(rows) + Moments() == moments(rows) == Moments() + moments(rows)


def test_a_large_mean_does_not_swallow_the_spread():
    values = 1e9 + np.tile([0.0, 1.0], 500)
    halves = Moments.of(values[:300]) + Moments.of(values[300:])
    assert halves.variance() == pytest.approx(values.var(ddof=1), rel=1e-9)


def test_sums_give_the_same_moments():
    rng = np.random.default_rng(3)
    y, x = rng.gamma(1, 5, 200), rng.gamma(1, 5, 200)
    made = Moments.of_sums(200, y.sum(), y @ y, x.sum(), x @ x, x @ y)
    assert near(made, Moments.of(y, x))


@pytest.mark.parametrize("kind", [Mean, Ratio])
def test_days_merge_into_the_same_result(kind):
    rng = np.random.default_rng(5)
    days = [(rng.gamma(2, 3, 60), rng.gamma(2, 3, 60) + 1) for _ in range(8)]
    merged = sum((kind.of(y, x) for y, x in days[1:]), kind.of(*days[0]))
    whole = kind.of(np.concatenate([y for y, _ in days]), np.concatenate([x for _, x in days]))
    control = kind.of(*days[0])
    one = compute_result({"a": control, "b": merged}, "a").comparisons["b"]
    other = compute_result({"a": control, "b": whole}, "a").comparisons["b"]
    assert one.fixed.low == pytest.approx(other.fixed.low, rel=1e-9)
    assert Proportion(10, 3) + Proportion(5, 1) == Proportion(15, 4)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="one value per unit"):
        Moments.of([1, 2, 3], [1, 2])
