"""Models are compared with baselines, and promoted by owners only."""

from __future__ import annotations

from recommendations.admin.metrics import leaderboard
from recommendations.models import ModelVersion
from tenants.db import tenant_connection

from .conftest import METRICS, pages


def test_the_verdict_compares_with_the_best_baseline():
    board = leaderboard(METRICS)
    assert [line.name for line in board.lines] == ["Attune", "Frequency"]
    assert board.verdict == "1.10 × the best baseline, Frequency (95 % interval 1.05 to 1.15)"


def test_ours_is_drawn_with_its_interval_and_the_baseline_without():
    ours, baseline = leaderboard(METRICS).lines
    assert (round(ours.low, 3), round(ours.high, 3), ours.known) == (0.42, 0.46, True)
    assert baseline.known is False


def test_an_interval_that_holds_one_is_not_called_better():
    found = {**METRICS["scopes"]["all"], "ratio_low": 0.99}
    assert "not certainly better" in leaderboard({"scopes": {"all": found}}).verdict


def test_without_an_evaluation_there_is_no_board():
    assert leaderboard({}) is None
    assert leaderboard({"scopes": {"all": {"lines": []}}}) is None


def test_an_owner_promotes_and_a_marketer_does_not(console, filled, tenant):
    address = f"/admin/recommendations/modelversion/{filled.candidate.pk}/promote/"
    assert console("marketer").post(address).status_code == 403
    owner = console("owner")
    assert owner.get(address).status_code == 405
    assert owner.post(address).status_code == 302
    with tenant_connection(tenant.schema_name):
        stages = dict(ModelVersion.objects.values_list("version", "stage"))
    assert stages == {"1.0.0": "retired", "1.1.0": "production"}
    assert "Roll back to this version" in owner.get(pages(filled)["model"]).content.decode()
