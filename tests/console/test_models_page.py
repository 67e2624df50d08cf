"""Models are compared with baselines, and promoted by owners only."""

from __future__ import annotations

from recommendations.admin.metrics import leaderboard
from recommendations.models import ModelVersion
from tenants.db import tenant_connection

from .conftest import METRICS, pages


def test_the_verdict_compares_with_the_best_baseline():
    board = leaderboard(METRICS)
    assert [line.name for line in board.lines] == ["Attune", "Frequency"]
    assert board.verdict == "1.07 × the best baseline, Frequency"


def test_overlapping_intervals_are_said():
    rows = [{**METRICS["leaderboard"][0], "ndcg@10_low": 0.40}, METRICS["leaderboard"][1]]
    assert "overlap" in leaderboard({"leaderboard": rows}).verdict


def test_without_an_evaluation_there_is_no_board():
    assert leaderboard({}) is None
    assert leaderboard({"leaderboard": [{"name": "x", "ndcg@10": None}]}) is None


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
