"""A model's measured quality for people, from what `recommendations.judging` keeps with the version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tenants.console.plots import Interval, intervals

OURS = "Attune"
SCOPES = {"all": "All items", "new": "Items new to the shopper"}


@dataclass(frozen=True)
class Leaderboard:
    """`lines`: NDCG@10, best first; ours carries the paired interval against the best baseline, scaled by it.

    `ceiling`: what a perfect order of earlier purchases would reach. `verdict`: a sentence.
    """

    lines: list[Interval]
    verdict: str
    shoppers: int
    ceiling: float | None


def leaderboard(metrics: dict[str, Any], scope: str = "all") -> Leaderboard | None:
    """The board of a scope; None when the version was not evaluated in it."""
    found = (metrics.get("scopes") or {}).get(scope) or {}
    lines = [line for line in found.get("lines") or [] if isinstance(line.get("ndcg"), int | float)]
    if not lines:
        return None
    rows = [_row(line, found) for line in sorted(lines, key=lambda line: -line["ndcg"])]
    return Leaderboard(
        intervals(rows), _verdict(found), int(found.get("shoppers") or 0), found.get("ceiling")
    )


def _row(line: dict[str, Any], found: dict[str, Any]) -> tuple[str, float, float | None, float | None, bool]:
    name, value = str(line.get("method", "")), float(line["ndcg"])
    base, low, high = (found.get(key) for key in ("best_baseline_ndcg", "ratio_low", "ratio_high"))
    if name != OURS or base is None or low is None or high is None:
        return name, value, None, None, name == OURS
    return name, value, base * low, base * high, True


def _verdict(found: dict[str, Any]) -> str:
    """ "1.05 × the best baseline, Frequency (95 % interval 1.03 to 1.07)"."""
    ratio, low, high = (found.get(key) for key in ("ratio", "ratio_low", "ratio_high"))
    if ratio is None or low is None or high is None:
        return ""
    verdict = _("%(ratio).2f × the best baseline, %(name)s (95 %% interval %(low).2f to %(high).2f)") % {
        "ratio": ratio,
        "name": found.get("best_baseline", ""),
        "low": low,
        "high": high,
    }
    return verdict + _("; not certainly better") if low <= 1 else verdict


def boards(metrics: dict[str, Any]) -> list[tuple[str, Leaderboard]]:
    """One board per scope, with the scope's name for people."""
    found = ((SCOPES.get(scope, scope), leaderboard(metrics, scope)) for scope in metrics.get("scopes") or {})
    return [(name, board) for name, board in found if board]


def table(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Every line of every scope with all its numbers."""
    return [
        {**line, "scope_name": SCOPES.get(scope, scope), "ours": line.get("method") == OURS}
        for scope, found in (metrics.get("scopes") or {}).items()
        for line in found.get("lines") or []
    ]
