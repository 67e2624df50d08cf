"""Where intervals over time are drawn."""

from __future__ import annotations

import pytest

from tenants.console.bands import bands


def drawn(*points, times=None):
    times = times or list(range(len(points)))
    return bands(times, [("one", points)], tips=[str(t) for t in times], write=lambda v: f"{v:g}")


def test_a_band_goes_along_its_upper_ends_and_back_along_the_lower():
    plot = drawn((1, 0, 2), (1, 0.5, 1.5), (1, 0.5, 2))
    (band,) = plot.bands
    assert band.line == "0.0,50.0 50.0,50.0 100.0,50.0"
    assert band.area == "0.0,0.0 50.0,25.0 100.0,0.0 100.0,75.0 50.0,75.0 0.0,100.0"
    assert plot.ticks[0] == (100, "0")


def test_zero_is_always_on_the_axis():
    assert drawn((-3, -4, -2), (-3, -4, -2)).zero == 0
    assert drawn((3, 2, 4), (3, 2, 4)).zero == 100


def test_wide_beginnings_are_cut_at_the_edge_but_never_at_zero():
    plot = drawn((5, -90, 99), (5, 3, 7), (5, 4, 6))
    assert plot.zero < 100
    assert plot.bands[0].area.startswith("0.0,0.0 ")
    assert plot.bands[0].area.endswith(" 0.0,100.0")


def test_moments_without_an_interval_are_left_out():
    plot = drawn(None, (1, 0, 2), (1, 0, 2))
    assert plot.bands[0].line.startswith("50.0,")
    assert len(plot.slices) == 3


def test_the_pointer_finds_every_moment_without_gaps():
    slices = drawn((1, 0, 2), (1, 0, 2), (1, 0, 2), times=[0, 1, 10]).slices
    assert [s.tip for s in slices] == ["0", "1", "10"]
    assert sum(s.width for s in slices) == pytest.approx(100)
    assert [s.x for s in slices] == [0, 5, 55]


def test_one_moment_and_none():
    assert drawn((1, 0, 2)).moments == ((100.0, 0),)
    assert drawn(None, None) is None


@pytest.mark.parametrize(("points", "left", "right"), [
    ([(1, 0, 2)], 96, 100),
    ([None, (1, 0, 2)], 96, 100),
    ([(1, 0, 2), None], 0, 4),
])  # fmt: skip
def test_a_lonely_interval_is_wide_enough_to_be_seen(points, left, right):
    (band,) = drawn(*points).bands
    assert band.line == f"{float(left)},50.0 {float(right)},50.0"


@pytest.mark.parametrize(("seconds", "written"), [(0, 1), (0.5, 1), (1, 2), (3, 4), (59, 5), (3600, 5)])
def test_no_second_is_written_twice(seconds, written):
    plot = drawn((1, 0, 2), (1, 0, 2), times=[0, seconds])
    assert len(plot.moments) == written
    assert plot.moments[-1] == (100, seconds)
