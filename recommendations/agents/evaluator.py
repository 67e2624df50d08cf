"""The evaluator: is this answer good enough to send? Below 0.7 it is made again; a violation blocks it."""

from __future__ import annotations

from ..contracts import Selection, Verdict
from ..serving.catalogue_view import CatalogueView

GOOD_ENOUGH = 0.7
DIVERSITY_FLOOR = 0.6


def diversity(selection: Selection, view: CatalogueView) -> float:
    """1 − the share of pairs that are of one category; 1 for fewer than two items."""
    rows = [c.row for c in selection.chosen]
    n = len(rows)
    if n < 2:
        return 1.0
    counts: dict[int, int] = {}
    for row in rows:
        category = int(view.category[row])
        counts[category] = counts.get(category, 0) + 1
    same = sum(c * (c - 1) for c in counts.values())
    return 1.0 - same / (n * (n - 1))


def judge(
    selection: Selection, view: CatalogueView, *, wanted: int, explained: bool, diverse: bool
) -> Verdict:
    """Quality from 0 to 1: how full the answer is (half), how diverse (a third), how well explained (the rest).

    `diverse`: whether diversity counts; similar items are alike on purpose.
    """
    rows = [c.row for c in selection.chosen]
    if len(set(rows)) != len(rows):
        return Verdict(blocked=True, reason="an item appears twice")
    fullness = min(len(rows) / wanted, 1.0) if wanted else 1.0
    spread = diversity(selection, view) if diverse else 1.0
    warnings = []
    unexplained = sum(not c.reason for c in selection.chosen)
    if explained and unexplained:
        warnings.append(f"{unexplained} without a reason")
    if spread < DIVERSITY_FLOOR:
        warnings.append("diversity below its floor")
    told = 1.0 if not rows or not explained else 1 - unexplained / len(rows)
    quality = 0.5 * fullness + 0.3 * min(spread / DIVERSITY_FLOOR, 1.0) + 0.2 * told
    return Verdict(quality=round(quality, 3), warnings=tuple(warnings))
