"""A model's measured quality for people: against baselines, with intervals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tenants.console.plots import Interval, intervals

METRIC = "ndcg@10"


@dataclass(frozen=True)
class Leaderboard:
    """`lines` are sorted, best first; `verdict` is a sentence, "" when there is nothing to compare."""

    metric: str
    lines: list[Interval]
    verdict: str


def leaderboard(metrics: dict[str, Any], *, scope: str = "all", metric: str = METRIC) -> Leaderboard | None:
    """The rows of `metrics["leaderboard"]` that have this scope and metric; None when there are none."""
    rows = sorted(_rows(metrics, scope, metric), key=lambda row: -row[1])
    if not rows:
        return None
    ours = next((row for row in rows if row[4]), None)
    rivals = [row for row in rows if not row[4]]
    verdict = ""
    if ours and rivals:
        best = max(rivals, key=lambda row: row[1])
        if best[1] > 0:
            verdict = _("%(ratio).2f × the best baseline, %(name)s") % {"ratio": ours[1] / best[1], "name": best[0]}
            if None not in (ours[2], best[3]) and (ours[2] or 0) <= (best[3] or 0):
                verdict += _("; the intervals overlap, so the order is not certain")
    return Leaderboard(metric=metric.upper(), lines=intervals(rows), verdict=verdict)


def _rows(
    metrics: dict[str, Any], scope: str, metric: str
) -> Iterator[tuple[str, float, float | None, float | None, bool]]:
    for row in metrics.get("leaderboard") or []:
        if row.get("scope", "all") != scope or not isinstance(row.get(metric), int | float):
            continue
        low, high = row.get(f"{metric}_low"), row.get(f"{metric}_high")
        yield str(row.get("name", "")), float(row[metric]), low, high, bool(row.get("ours"))


def scopes(metrics: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(row.get("scope", "all") for row in metrics.get("leaderboard") or []))


_SCOPES = {"all": "All items", "new": "Items new to the shopper"}


def boards(metrics: dict[str, Any]) -> list[tuple[str, Leaderboard]]:
    """One board per scope, with the scope's name for people."""
    found = ((_SCOPES.get(scope, scope), leaderboard(metrics, scope=scope)) for scope in scopes(metrics))
    return [(name, board) for name, board in found if board]
