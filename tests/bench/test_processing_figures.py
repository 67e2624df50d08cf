"""What the figures of processing say of queues and memory that were looked at."""

import pytest

from bench.figures import processing, worker_memory
from bench.load.queue import growth


def test_growth_is_the_slope():
    assert growth([(0.0, 10.0), (1.0, 12.0), (2.0, 14.0)]) == pytest.approx(2.0)
    assert growth([(0.0, 5.0), (1.0, 5.0)]) == 0.0
    assert growth([(3.0, 1.0)]) == 0.0


def test_a_queue_that_grows_takes_away_from_the_rate():
    rate, behind = processing.figures_of([(20.0, 1000), (40.0, 21_000), (60.0, 41_000)], 0.02, 8.0)
    assert rate.value == pytest.approx(4000)
    assert rate.ratio == pytest.approx(0.8)
    assert behind.value == pytest.approx(8.2)


def test_a_queue_that_stays_keeps_up():
    rate, behind = processing.figures_of([(20.0, 900), (40.0, 300), (60.0, 900)], 0.02, 0.2)
    assert rate.ratio == pytest.approx(1.0)
    assert behind.value < 0.2


def test_memory_counts_once_caches_are_full():
    filling = [(float(t), 100.0 + t) for t in range(0, 200, 10)]
    flat = [(float(t), 300.0) for t in range(240, 600, 10)]
    growing, peak = worker_memory.figures_of(filling + flat)
    assert growing.value == pytest.approx(0.0)
    assert peak.value == 300.0
    leaking, _ = worker_memory.figures_of([(float(t), 100.0 + t / 60 * 5) for t in range(0, 600, 10)])
    assert leaking.value == pytest.approx(5.0)
