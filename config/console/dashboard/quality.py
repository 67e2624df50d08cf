"""How good the model in production is, against the baselines it was measured with."""

from __future__ import annotations

from typing import Any

from recommendations.admin.metrics import Leaderboard, leaderboard
from recommendations.models import ModelVersion


def in_production() -> dict[str, Any]:
    """The version with its leaderboard; `version` is None while nothing has been promoted."""
    version = ModelVersion.objects.filter(stage=ModelVersion.Stage.PRODUCTION).first()
    board: Leaderboard | None = leaderboard(version.metrics) if version else None
    return {"version": version, "board": board}
