"""Divergence is what scipy computes, and alarms only where it is no accident."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from profiles.quality import drift
from profiles.quality.distribution import added, bin_of, histogram, ordered

counts = st.lists(st.integers(0, 500), min_size=2, max_size=12).filter(lambda c: sum(c) > 0)


@given(counts, st.data())
def test_the_same_as_scipy(current, data):
    reference = data.draw(st.lists(st.integers(0, 500), min_size=len(current), max_size=len(current)))
    named = [{str(i): n for i, n in enumerate(side)} for side in (current, reference)]
    golden = entropy(np.array(current) + 0.5, np.array(reference) + 0.5)
    assert drift.kl_divergence(*named) == pytest.approx(golden, abs=1e-9)


def test_golden_numbers():
    now, before = {"a": 36, "b": 48, "c": 16}, {"a": 30, "b": 50, "c": 20}
    assert drift.kl_divergence(now, before, smoothing=0) == pytest.approx(
        entropy([36, 48, 16], [30, 50, 20]), abs=1e-12
    )
    assert drift.kl_divergence(now, before, smoothing=0) == pytest.approx(0.010338, abs=1e-6)
    assert drift.kl_divergence({"a": 1}, {"b": 1}, smoothing=0) == float("inf")


def test_one_distribution_is_no_drift_however_few():
    rng = np.random.default_rng(3)
    for size in (200, 500, 5000):
        for _ in range(100):
            samples = [rng.geometric(0.05, size) for _ in range(2)]
            now, before = (histogram("integer", sample.tolist()) for sample in samples)
            assert drift.judge(now, before)[1] == drift.STEADY


def test_a_shift_is_drift():
    rng = np.random.default_rng(4)
    now = histogram("number", rng.gamma(2, 60, 800).tolist())
    before = histogram("number", rng.gamma(2, 30, 800).tolist())
    kl, verdict = drift.judge(now, before)
    assert kl is not None
    assert kl > 0.1
    assert verdict == drift.DRIFT


def test_reasons():
    assert drift.judge({"a": 500}, {}) == (None, drift.NOTHING_BEFORE)
    assert drift.judge({"a": 199}, {"a": 500}) == (None, drift.TOO_FEW)


@pytest.mark.parametrize(
    ("kind", "value", "name"),
    [
        ("integer", 0, "0"),
        ("integer", 1, "1"),
        ("number", 0.5, "0–1"),
        ("integer", 5, "4–5"),
        ("number", 100_001.0, "over 100,000"),
        ("number", -1, "under 0"),
        ("ratio", 0.0, "0 %"),
        ("ratio", 0.05, "0–5 %"),
        ("ratio", 1.0, "95–100 %"),
        ("ratio", 1.2, "over 100 %"),
        ("integer or band", 34, "30–39"),
        ("integer or band", "35-44", "35-44"),
        ("shares", {"Dairy": 0.6, "Bread": 0.4}, "Dairy"),
        ("shares", {}, None),
        ("text", None, None),
    ],
)
def test_bins(kind, value, name):
    assert bin_of(kind, value) == name


def test_rare_names_are_counted_together():
    found = histogram(
        "text", [f"n{i}" for i in range(50) for _ in range(3)] + ["often"] * 5 + ["alone", "two"] * 2
    )
    assert (len(found), found["often"], sum(found.values())) == (41, 5, 159)
    assert "alone" not in found
    assert ordered(found, found)[0] == "often"
    assert ordered(found, found)[-1] == "all others"
    assert added([found, found])["often"] == 10
