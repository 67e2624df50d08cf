"""The figures of experiments, in small: the large log is counted whole, and each figure is one that was named."""

import pytest
from django.utils import timezone

from bench.figures import ALL
from bench.figures.experiments import assignment, calibration
from bench.ground.exposures import large_experiment
from experiments.results import results_of


def test_the_large_log_is_what_it_says(scope, inside):
    now = timezone.now()
    made = large_experiment(scope.schema, 4_000, now)
    found = results_of(scope.schema, made, now)
    assert found.units + found.crossed == 4_000
    assert 0 < found.crossed < 40
    assert not found.split.broken
    assert found.primary.adjustment is not None
    conversion = next(m for m in found.metrics if m.key == "conversion")
    assert conversion.estimates["control"].value == pytest.approx(0.05, abs=0.04)


def test_each_figure_was_named():
    named = next(m for m in ALL if m.name == "experiments").figures
    made = [*calibration(lambda full: full // 100, lambda text: None), assignment(100)]
    assert {figure.name for figure in made} <= set(named)
    assert all(figure.value >= 0 for figure in made)
