from __future__ import annotations

import pytest

from bench.figures import ALL, UnknownFigure, chosen


def test_nothing_named_means_everything():
    assert chosen([]) == list(ALL)


def test_a_measurement_or_one_of_its_figures_may_be_named():
    assert [m.name for m in chosen(["freshness_p99", "cached"])] == ["cached", "freshness"]


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(UnknownFigure, match=r"speed.*cached"):
        chosen(["speed"])
