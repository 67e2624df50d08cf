"""The recommendation agent: candidates, scores, merchandising rules, diversity.

When the model fails the popular products answer: something fitting beats nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..contracts import Candidate, Dropped, Request, Selection, Shopper
from ..learning.serving import Context, Kind, recommend
from ..learning.shopper import Shopper as SummedShopper
from ..rules.compile import CompiledRules
from ..serving.catalogue_view import CatalogueView
from ..serving.snapshot import Snapshot
from .guardrail import permitted, permitted_rows, refusal, shopper_age
from .planner import Plan

# How many candidates are ranked for each that is shown: room for rules, guardrail and diversity to drop some.
ROOM = 5
LEAST_POOL = 60
SHOWN_DROPS = 15
PLACEMENT_KINDS: dict[str, Kind] = {
    "personal": "user",
    "similar": "similar",
    "complement": "complement",
    "trending": "trending",
}


@dataclass(frozen=True, slots=True)
class Pool:
    """Ranked rows, best first, with a score and a source each; how many came from where; the shopper summed up."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    sources: list[str]
    considered: dict[str, int]
    summed: SummedShopper | None = None


def propose(request: Request, plan: Plan, shopper: Shopper, snapshot: Snapshot) -> Selection:
    """The best `plan.size` items for the shopper, rules applied; may hold fewer than wanted."""
    rules = snapshot.rules_for(request.placement)
    seeds = _seed_rows(request, snapshot.view)
    pool = _pool(request, plan, shopper, snapshot, rules, seeds, allowed=None)
    aside = _aside_rows(request, snapshot.view)
    distinct = request.distinct_titles
    selection = arrange(pool, plan, snapshot.view, rules, shopper, aside, distinct=distinct)
    if len(selection.chosen) < plan.size:
        # Too much of the pool was dropped: rank once more among what may be shown.
        allowed = permitted(snapshot.view, shopper) & ~rules.exclude
        if rules.filter is not None:
            allowed &= rules.filter
        again = _pool(request, plan, shopper, snapshot, rules, seeds, allowed=allowed)
        second = arrange(again, plan, snapshot.view, rules, shopper, aside, distinct=distinct)
        selection = replace(second, dropped=selection.dropped)
    return selection


def popular(request: Request, plan: Plan, shopper: Shopper, snapshot: Snapshot) -> Selection:
    """What sells now, rules applied: the answer without a model."""
    rules = snapshot.rules_for(request.placement)
    pool = _popular_pool(snapshot, plan, permitted(snapshot.view, shopper))
    aside = _aside_rows(request, snapshot.view)
    return arrange(
        pool, plan, snapshot.view, rules, shopper, aside, origin="popular", distinct=request.distinct_titles
    )


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
    considered = {"scored": ranked.considered, **Counter(ranked.source)}
    rows, scores = ranked.rows.astype(np.int64), ranked.scores.astype(np.float64)
    return Pool(rows, scores, ranked.source, considered, ranked.shopper)


def _popular_pool(snapshot: Snapshot, plan: Plan, allowed: NDArray[np.bool_]) -> Pool:
    rows = snapshot.popular[snapshot.popular < len(snapshot.view)]
    rows = rows[allowed[rows]][: max(plan.size * ROOM, LEAST_POOL)]
    count = len(rows)
    return Pool(rows, 1.0 / np.arange(1, count + 1), ["trending"] * count, {"trending": count})


def _seed_rows(request: Request, view: CatalogueView) -> NDArray[np.int64]:
    return _rows_of(request.seed_item_ids, view)


def _aside_rows(request: Request, view: CatalogueView) -> NDArray[np.int64]:
    """What the answer leaves out: the seeds, and what else the shopper has before them."""
    return _rows_of((*request.seed_item_ids, *request.hidden_item_ids), view)


def _rows_of(item_ids: Iterable[str], view: CatalogueView) -> NDArray[np.int64]:
    rows = (view.row_of(item_id) for item_id in item_ids)
    return np.fromiter((row for row in rows if row >= 0), np.int64)


def arrange(
    pool: Pool,
    plan: Plan,
    view: CatalogueView,
    rules: CompiledRules,
    shopper: Shopper,
    aside: NDArray[np.int64],
    origin: str = "model",
    *,
    distinct: bool = False,
) -> Selection:
    """Rules, then diversity, then pins: a pin is the merchant's word and beats both.

    `aside`: rows left out whatever the rules say. `distinct`: at most one of each title.
    """
    age = shopper_age(shopper)
    rows = pool.rows
    # The guardrail would drop what may not be shown, and the answer would be short of one.
    kept = permitted_rows(view, rows, age) & rules.allowed(rows)
    other = ~np.isin(rows, aside) if len(aside) else np.ones(len(rows), bool)
    left_out = rows[~kept & other][:SHOWN_DROPS]
    dropped = [_why_dropped(row, view, rules, age) for row in left_out.tolist()]
    scores = pool.scores * rules.weight[rows]
    places = np.flatnonzero(kept & other)
    places = places[np.argsort(-scores[places], kind="stable")]
    if distinct:
        places = _first_of_each_title(places, rows, view)
    pins = [(position, row) for position, row in rules.pins if refusal(row, view, age) is None]
    place_of: dict[int, int] = {}
    if pins:
        place_of = dict(zip(rows[places].tolist(), places.tolist(), strict=True))
        places = places[~np.isin(rows[places], [row for _, row in pins])]

    def candidate(place: int) -> Candidate:
        row, source = int(rows[place]), pool.sources[place]
        kind = "trending" if pool.summed is None else ""
        return Candidate(
            row,
            float(scores[place]),
            source,
            place + 1,
            _chips(rules, row, ("boost", "bury")),
            reason_kind=kind,
        )

    first, spare = _diverse(places, rows, plan, view, dropped)
    chosen = [candidate(place) for place in first]
    for place in spare:
        chosen.append(candidate(place))
        chosen[-1].chips.append({"kind": "diversity", "label": "kept to fill the answer"})
    for position, row in sorted(pins):
        ranked = place_of.get(row)
        pin = Candidate(row, 0.0, "pinned", before=0) if ranked is None else candidate(ranked)
        pin.chips.append({"kind": "rule", "label": f"pin: {_rule_names(rules, row, 'pin')}"})
        pin.source, pin.reason_kind = "pinned", "pinned"
        chosen.insert(position - 1, pin)
    return Selection(chosen[: plan.size], dropped[:SHOWN_DROPS], pool.considered, origin, pool.summed)


def _first_of_each_title(
    places: NDArray[np.int64], rows: NDArray[np.int64], view: CatalogueView
) -> NDArray[np.int64]:
    best: dict[str, int] = {}
    for place in places.tolist():
        best.setdefault(view.title[int(rows[place])].strip().lower(), place)
    return np.fromiter(best.values(), np.int64)


def _why_dropped(row: int, view: CatalogueView, rules: CompiledRules, age: int | None) -> Dropped:
    refused = refusal(row, view, age)
    if refused:
        return Dropped(row, refused, "guardrail")
    if rules.exclude[row]:
        return Dropped(row, _rule_names(rules, row, "exclude"), "rule")
    return Dropped(row, "outside what this placement shows", "rule")


def _chips(rules: CompiledRules, row: int, actions: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"kind": "rule", "label": f"{hit.action}: {hit.name}"}
        for hit in rules.touching(row)
        if hit.action in actions
    ]


def _rule_names(rules: CompiledRules, row: int, action: str) -> str:
    return ", ".join(hit.name for hit in rules.touching(row) if hit.action == action)


def _diverse(
    places: NDArray[np.int64],
    rows: NDArray[np.int64],
    plan: Plan,
    view: CatalogueView,
    dropped: list[Dropped],
) -> tuple[list[int], list[int]]:
    """(places of at most `max_per_category` of a category, those over it that are needed to fill the answer)."""
    if not plan.max_per_category:
        return places[: plan.size].tolist(), []
    counts: dict[int, int] = {}
    chosen, over = [], []
    for place, category in zip(places.tolist(), view.category[rows[places]].tolist(), strict=True):
        counts[category] = counts.get(category, 0) + 1
        if counts[category] <= plan.max_per_category:
            chosen.append(place)
            if len(chosen) >= plan.size:
                break
        else:
            over.append(place)
    spare = max(plan.size - len(chosen), 0)
    dropped.extend(
        Dropped(int(rows[place]), f"more than {plan.max_per_category} of its category", "diversity")
        for place in over[spare:]
    )
    return chosen, over[:spare]
