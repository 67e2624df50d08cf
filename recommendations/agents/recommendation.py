"""The recommendation agent: candidates, scores, merchandising rules, diversity.

When the model fails the popular products answer: something fitting beats nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..contracts import Candidate, Dropped, Request, Selection, Shopper
from ..learning.serving import Context, Kind, recommend
from ..learning.shopper import Shopper as SummedShopper
from ..rules.compile import CompiledRules
from ..serving.catalogue_view import CatalogueView
from ..serving.tenant_state import Snapshot
from .guardrail import permitted, refusal, shopper_age
from .planner import Plan

# How many candidates are ranked for each that is shown: room for rules, guardrail and diversity to drop some.
ROOM = 5
LEAST_POOL = 60
SHOWN_DROPS = 15
# Ranked candidates, how many came from where, and the shopper as the model summed them up.
Pool = tuple[list[Candidate], dict[str, int], SummedShopper | None]
PLACEMENT_KINDS: dict[str, Kind] = {
    "personal": "user",
    "similar": "similar",
    "complement": "complement",
    "trending": "trending",
}


def propose(request: Request, plan: Plan, shopper: Shopper, snapshot: Snapshot) -> Selection:
    """The best `plan.size` items for the shopper, rules applied; may hold fewer than wanted."""
    rules = snapshot.rules_for(request.placement)
    seeds = _seed_rows(request, snapshot.view)
    pool = _pool(request, plan, shopper, snapshot, rules, seeds, allowed=None)
    selection = _arrange(pool, plan, snapshot.view, rules, shopper, seeds)
    if len(selection.chosen) < plan.size:
        # Too much of the pool was dropped: rank once more among what may be shown.
        allowed = permitted(snapshot.view, shopper) & ~rules.exclude
        if rules.filter is not None:
            allowed &= rules.filter
        again = _pool(request, plan, shopper, snapshot, rules, seeds, allowed=allowed)
        second = _arrange(again, plan, snapshot.view, rules, shopper, seeds)
        selection = replace(second, dropped=selection.dropped)
    return selection


def popular(request: Request, plan: Plan, shopper: Shopper, snapshot: Snapshot) -> Selection:
    """What sells now, rules applied: the answer without a model."""
    rules = snapshot.rules_for(request.placement)
    pool = _popular_pool(snapshot, plan, permitted(snapshot.view, shopper))
    return _arrange(pool, plan, snapshot.view, rules, shopper, seeds=np.empty(0, np.int64), origin="popular")


def _pool(
    request: Request,
    plan: Plan,
    shopper: Shopper,
    snapshot: Snapshot,
    rules: CompiledRules,
    seeds: NDArray[np.int64],
    *,
    allowed: NDArray[np.bool_] | None,
) -> Pool:
    if snapshot.artefact is None or plan.strategy == "trending":
        mask = permitted(snapshot.view, shopper) if allowed is None else allowed
        return _popular_pool(snapshot, plan, mask)
    ranked_rows = snapshot.view.ranked
    ranked = recommend(
        snapshot.artefact,
        shopper.history,
        int(time.time()),
        k=max(plan.size * ROOM, LEAST_POOL),
        context=Context(channel=request.channel, place=int(request.context.get("place", -1))),
        allowed=None if allowed is None else allowed[:ranked_rows],
        placement_kind=PLACEMENT_KINDS[plan.strategy],
        seed_items=snapshot.view.pk[seeds].tolist(),
    )
    candidates = [
        Candidate(int(row), float(score), source, before=position + 1)
        for position, (row, score, source) in enumerate(
            zip(ranked.rows.tolist(), ranked.scores.tolist(), ranked.source, strict=True)
        )
    ]
    return candidates, {"scored": ranked.considered, **Counter(ranked.source)}, ranked.shopper


def _popular_pool(snapshot: Snapshot, plan: Plan, allowed: NDArray[np.bool_]) -> Pool:
    rows = snapshot.popular[snapshot.popular < len(snapshot.view)]
    rows = rows[allowed[rows]][: max(plan.size * ROOM, LEAST_POOL)]
    candidates = [
        Candidate(int(row), 1.0 / (position + 1), "trending", before=position + 1, reason_kind="trending")
        for position, row in enumerate(rows)
    ]
    return candidates, {"trending": len(candidates)}, None


def _seed_rows(request: Request, view: CatalogueView) -> NDArray[np.int64]:
    rows = (view.row_of(item_id) for item_id in request.seed_item_ids)
    return np.fromiter((row for row in rows if row >= 0), np.int64)


def _arrange(
    pool: Pool,
    plan: Plan,
    view: CatalogueView,
    rules: CompiledRules,
    shopper: Shopper,
    seeds: NDArray[np.int64],
    origin: str = "model",
) -> Selection:
    """Rules, then diversity, then pins: a pin is the merchant's word and beats both."""
    candidates, considered, summed = pool
    dropped: list[Dropped] = []
    seed_set = set(seeds.tolist())
    age = shopper_age(shopper)
    kept = []
    for candidate in candidates:
        row = candidate.row
        if row in seed_set:
            continue
        refused = refusal(row, view, age)
        if refused:
            # The guardrail would drop it, and the answer would be short of one.
            dropped.append(Dropped(row, refused, "guardrail"))
        elif rules.exclude[row]:
            dropped.append(Dropped(row, _rule_names(rules, row, "exclude"), "rule"))
        elif rules.filter is not None and not rules.filter[row]:
            dropped.append(Dropped(row, "outside what this placement shows", "rule"))
        else:
            candidate.score *= float(rules.weight[row])
            candidate.chips.extend(
                {"kind": "rule", "label": f"{hit.action}: {hit.name}"}
                for hit in rules.touching(row)
                if hit.action in ("boost", "bury")
            )
            kept.append(candidate)
    kept.sort(key=lambda c: -c.score)
    may_show = permitted(view, shopper) if rules.pins else None
    pins = [(position, row) for position, row in rules.pins if may_show is not None and may_show[row]]
    pinned = {row for _, row in pins}
    chosen = _diverse([c for c in kept if c.row not in pinned], plan, view, dropped)
    known = {c.row: c for c in kept}
    for position, row in sorted(pins):
        candidate = known.get(row) or Candidate(row, 0.0, "pinned", before=0)
        candidate.chips.append({"kind": "rule", "label": f"pin: {_rule_names(rules, row, 'pin')}"})
        candidate.source, candidate.reason_kind = "pinned", "pinned"
        chosen.insert(position - 1, candidate)
    return Selection(chosen[: plan.size], dropped[:SHOWN_DROPS], considered, origin, summed)


def _rule_names(rules: CompiledRules, row: int, action: str) -> str:
    return ", ".join(hit.name for hit in rules.touching(row) if hit.action == action)


def _diverse(
    candidates: list[Candidate], plan: Plan, view: CatalogueView, dropped: list[Dropped]
) -> list[Candidate]:
    """At most `max_per_category` of a category; what is over comes back, last, when the answer would be short."""
    if not plan.max_per_category:
        return candidates
    counts: dict[int, int] = {}
    chosen, over = [], []
    for candidate in candidates:
        category = int(view.category[candidate.row])
        counts[category] = counts.get(category, 0) + 1
        if counts[category] <= plan.max_per_category:
            chosen.append(candidate)
            if len(chosen) >= plan.size:
                break
        else:
            over.append(candidate)
    spare = max(plan.size - len(chosen), 0)
    for candidate in over[:spare]:
        candidate.chips.append({"kind": "diversity", "label": "kept to fill the answer"})
    dropped.extend(
        Dropped(c.row, f"more than {plan.max_per_category} of its category", "diversity")
        for c in over[spare:]
    )
    return chosen + over[:spare]
