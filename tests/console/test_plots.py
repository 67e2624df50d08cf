"""Where the pieces of a plot lie."""

from __future__ import annotations

import pytest

from tenants.console.plots import columns, intervals, nice_ceiling, short


@pytest.mark.parametrize(("value", "top"), [(0, 1), (1, 1), (3, 5), (21, 25), (99, 100), (101, 200)])
def test_axes_end_at_round_numbers(value, top):
    assert nice_ceiling(value) == top


def test_columns_are_stacked_from_the_bottom():
    plot = columns(["a", "b"], {"one": [2, 0], "two": [3, 10]})
    first, second = plot.columns
    assert [(piece.y, piece.height, piece.tone) for piece in first.pieces] == [(80, 20, 1), (50, 30, 2)]
    assert [(piece.y, piece.height) for piece in second.pieces] == [(0, 100)]
    assert plot.total == 15


def test_nothing_at_all_is_drawn_as_nothing():
    assert columns(["a"], {"one": [0]}).columns[0].pieces == ()


def test_an_interval_lies_around_its_value():
    (row,) = intervals([("ours", 0.5, 0.4, 0.6, True)])
    assert (row.at, row.left, row.width) == (50, 40, 20)


def test_large_numbers_are_short():
    assert [short(v) for v in (0, 12, 12_500, 2_500_000)] == ["0", "12", "12.5k", "2.5M"]
