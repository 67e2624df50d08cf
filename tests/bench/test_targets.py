from __future__ import annotations

import pytest

from bench.figures import ALL
from bench.outcome import Figure, Goal, judged, load_goals


def figure(value: float, reference: float | None = None) -> Figure:
    return Figure("some", value, "ms", protocol="as it is", reference="that", reference_value=reference)


@pytest.mark.parametrize(
    ("goal", "measured", "holds"),
    [
        (Goal("value", at_most=15), figure(15), True),
        (Goal("value", at_most=15), figure(15.01), False),
        (Goal("value", at_least=10), figure(9.99), False),
        (Goal("ratio", at_least=0.8), figure(8, 10), True),
        (Goal("ratio", at_least=0.8), figure(7.99, 10), False),
        (Goal("ratio", at_most=1.2), figure(13, 10), False),
        (Goal("ratio", at_least=0.8), figure(8), False),
        (Goal("value", at_most=15), figure(float("nan")), False),
    ],
)
def test_a_target_holds_at_its_limit_and_not_beyond(goal, measured, holds):
    assert goal.holds(measured) is holds


def test_a_target_says_what_it_is_of():
    assert Goal("ratio", at_least=0.8).words("x") == "≥ 0.8 × reference"
    assert Goal("value", at_least=10000).words("events/s") == "≥ 10,000 events/s"


@pytest.mark.parametrize(
    "fields", [{"of": "p95", "at_most": 1}, {"of": "value"}, {"of": "value", "at_most": 1, "at_least": 1}]
)
def test_a_target_that_says_nothing_is_refused(fields):
    with pytest.raises(ValueError):
        Goal(**fields)


def test_every_target_is_of_a_figure_that_is_measured():
    measured = {name for measurement in ALL for name in measurement.figures}
    assert set(load_goals()) <= measured


def test_a_result_carries_all_that_a_reader_needs():
    row = judged(figure(8, 10), {"some": Goal("ratio", at_least=0.9)}, {"cores": 2})
    assert row["ratio"] == 0.8
    assert row["holds"] is False
    assert row["target"] == "≥ 0.9 × reference"
    assert row["machine"] == {"cores": 2}
    assert {"name", "value", "unit", "reference", "reference_value", "protocol"} <= set(row)


def test_a_figure_without_a_target_is_not_judged():
    assert judged(figure(1), {}, {})["holds"] is None
