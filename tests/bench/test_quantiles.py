from __future__ import annotations

import pytest

from bench.load.quantiles import quantile


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (0.991, 100), (1.0, 100), (0.001, 1)]
)
def test_nearest_rank(share, expected):
    assert quantile([float(n) for n in range(100, 0, -1)], share) == expected


def test_one_value_is_every_quantile():
    assert quantile([7.0], 0.5) == quantile([7.0], 0.99) == 7.0


def test_no_values_have_none():
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)
