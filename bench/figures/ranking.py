"""Ranking quality, as `manage.py evaluate` measures it on the grocer's last days."""

from __future__ import annotations

import json
from typing import Any

from ..ground.shoppers import GROCER
from ..ground.stack import manage
from ..outcome import Figure
from ..run import Run

SCOPES = {"ranking_all": "all", "ranking_new": "new"}


def measure(run: Run) -> list[Figure]:
    path = run.site.scratch / "evaluation.json"
    path.unlink(missing_ok=True)
    manage(run.site, "evaluate", "--tenant", GROCER, "--json", str(path))
    return figures_of(json.loads(path.read_text()))


def figures_of(evaluation: dict[str, Any]) -> list[Figure]:
    """Both scopes of the evaluation; KeyError when it lacks one."""
    return [
        _figure(name, evaluation["scopes"][scope], evaluation["protocol"]) for name, scope in SCOPES.items()
    ]


def _figure(name: str, found: dict[str, Any], protocol: str) -> Figure:
    ceiling = (
        f"; a perfect order of the candidates would reach {found['ceiling']:.3f}" if found["ceiling"] else ""
    )
    return Figure(
        name,
        float(found["ndcg"]),
        "NDCG@10",
        protocol=protocol,
        reference=f"best single baseline: {found['best_baseline']}",
        reference_value=float(found["best_baseline_ndcg"]),
        note=(
            f"ratio {found['ratio_low']:.3f} to {found['ratio_high']:.3f} (95 % interval), {found['shoppers']:,} "
            f"shoppers{ceiling}"
        ),
    )
