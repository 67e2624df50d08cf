from __future__ import annotations

import pytest

from bench.figures.ranking import figures_of

SCOPE = {
    "shoppers": 2041,
    "ceiling": 0.8,
    "best_baseline": "frequency",
    "best_baseline_ndcg": 0.4,
    "ndcg": 0.42,
    "ratio": 1.05,
    "ratio_low": 1.04,
    "ratio_high": 1.06,
    "lines": [],
}


def test_both_scopes_become_figures_beside_the_best_baseline():
    everything, new = figures_of(
        {"protocol": "the last 31 days", "scopes": {"all": SCOPE, "new": {**SCOPE, "ndcg": 0.5}}}
    )
    assert (everything.name, new.name) == ("ranking_all", "ranking_new")
    assert everything.ratio == pytest.approx(1.05)
    assert new.ratio == pytest.approx(1.25)
    assert "frequency" in everything.reference
    assert everything.protocol == "the last 31 days"


def test_an_evaluation_without_a_scope_is_refused():
    with pytest.raises(KeyError):
        figures_of({"protocol": "", "scopes": {"all": SCOPE}})
