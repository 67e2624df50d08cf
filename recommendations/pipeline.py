"""How a recommendation is made, to be read from top to bottom.

planner → profile → recommendation → guardrail → explanation → evaluator. Each agent is one module; the executor
alone times, retries and records.
"""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass, replace
from typing import Any

from experiments.running import Arm

from .agents import evaluator, explanation, guardrail, planner, profile, recommendation
from .agents.executor import Execution, StepFailed
from .contracts import Request, Selection, Shopper, Verdict
from .serving.catalogue_view import CatalogueView
from .serving.snapshot import Snapshot
from .trace import trace_of


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out (`body`), what is kept (`trace`), and who was exposed to which variants (None: nobody)."""

    body: dict[str, Any]
    trace: dict[str, Any]
    exposed: tuple[bytes, tuple[Arm, ...]] | None
    decision_id: str
    profile_id: int | None
    shopper_version: int
    outcome: str
    server_timing: str


def recommend(request: Request, snapshot: Snapshot) -> Answer:
    """One request through all agents. Never raises for a failing dependency; a failing guardrail blocks."""
    placement = snapshot.placements[request.placement]
    plan = planner.plan(request, placement)
    execution = Execution(plan)

    segments = snapshot.segments_at(request.placement)
    shopper = execution.run(
        "profile",
        lambda: profile.read_shopper(request, segments),
        lambda error: profile.remembered_shopper(request),
    )
    arms = planner.arms_of(request, shopper, snapshot)
    if arms:
        plan, snapshot = planner.with_arms(request, plan, snapshot, arms)
    selection = execution.run(
        "recommendation",
        lambda: recommendation.propose(request, plan, shopper, snapshot),
        lambda error: recommendation.popular(request, plan, shopper, snapshot),
    )
    try:
        proposed = selection
        selection, verdict = execution.run(
            "guardrail", lambda: guardrail.check(proposed, shopper, snapshot.view)
        )
    except StepFailed:
        # Closed: what could not be checked is not shown.
        verdict = Verdict(blocked=True, reason="the guardrail did not answer")
    if not verdict.blocked:
        execution.run(
            "explanation",
            lambda: explanation.add_reasons(request, plan, shopper, snapshot, selection),
            lambda error: None,
        )
        selection, verdict = execution.run(
            "evaluator",
            lambda: _evaluated(request, plan, shopper, snapshot, selection),
            lambda error: (selection, Verdict(warnings=("not evaluated",))),
        )
    return _answer(request, plan, execution, shopper, snapshot, selection, verdict)


def _evaluated(
    request: Request, plan: planner.Plan, shopper: Shopper, snapshot: Snapshot, selection: Selection
) -> tuple[Selection, Verdict]:
    """The selection with its verdict; filled up with popular items, once, when it is not good enough."""
    diverse = plan.strategy == "personal"
    verdict = evaluator.judge(selection, snapshot.view, wanted=plan.size, explained=True, diverse=diverse)
    if verdict.blocked or verdict.quality >= evaluator.GOOD_ENOUGH:
        return selection, verdict
    present = {c.row for c in selection.chosen}
    filler, refused = guardrail.check(
        recommendation.popular(request, plan, shopper, snapshot), shopper, snapshot.view
    )
    more = [] if refused.blocked else [c for c in filler.chosen if c.row not in present]
    filled = replace(selection, chosen=[*selection.chosen, *more][: plan.size])
    explanation.add_reasons(request, plan, shopper, snapshot, filled)
    again = evaluator.judge(filled, snapshot.view, wanted=plan.size, explained=True, diverse=diverse)
    return filled, Verdict(again.blocked, again.reason, again.quality, (*again.warnings, "made again"))


def _answer(
    request: Request,
    plan: planner.Plan,
    execution: Execution,
    shopper: Shopper,
    snapshot: Snapshot,
    selection: Selection,
    verdict: Verdict,
) -> Answer:
    decision_id = str(_uuid7())
    chosen = [] if verdict.blocked else selection.chosen
    outcome = "blocked" if verdict.blocked else "fallback" if _fell_back(execution, shopper) else "served"
    body: dict[str, Any] = {
        "items": [_item(candidate, snapshot.view) for candidate in chosen],
        "decision_id": decision_id,
        "model_version": snapshot.model_version or None,
        "placement": request.placement,
    }
    if verdict.blocked:
        body["blocked"] = True
    # Who asks without proof about a known shopper is not told of the segments that shopper is in.
    named = [arm for arm in plan.arms if request.trusted or shopper.profile_id or not arm.for_segment]
    if named:
        body["experiments"] = {arm.experiment_key: arm.variant_key for arm in named}
    timing = execution.server_timing()
    return Answer(
        body=body,
        trace=trace_of(request, plan, execution, shopper, snapshot, selection, verdict),
        exposed=(shopper.unit, plan.arms) if plan.arms else None,
        decision_id=decision_id,
        profile_id=shopper.profile_id,
        shopper_version=shopper.version,
        outcome=outcome,
        server_timing=timing,
    )


def _fell_back(execution: Execution, shopper: Shopper) -> bool:
    return bool(execution.incidents) or shopper.freshness != "live"


def _item(candidate: Any, view: CatalogueView) -> dict[str, Any]:
    row = candidate.row
    price = float(view.price[row])
    return {
        "item_id": view.external_id[row],
        "score": round(candidate.score, 5),
        "reason": candidate.reason,
        "source": candidate.source,
        "title": view.title[row],
        "price": None if price != price else price,
        "currency": view.currency,
        "category": view.category_names[int(view.category[row])],
        "image": view.image[row],
    }


def _uuid7() -> uuid.UUID:
    """RFC 9562, version 7: ordered by time, so that decisions append to their index."""
    value = (int(time.time() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)
