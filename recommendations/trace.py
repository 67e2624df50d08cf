"""The decision trace: everything that made an answer, small enough to keep for each."""

from __future__ import annotations

from typing import Any

from .agents.executor import Execution
from .agents.planner import Plan
from .contracts import Request, Selection, Shopper, Verdict
from .serving.snapshot import Snapshot


def trace_of(
    request: Request,
    plan: Plan,
    execution: Execution,
    shopper: Shopper,
    snapshot: Snapshot,
    selection: Selection,
    verdict: Verdict,
) -> dict[str, Any]:
    """Item ids only (titles may change and are looked up when shown); no identifier of the shopper."""
    view = snapshot.view
    trace: dict[str, Any] = {
        "request": {
            "placement": request.placement,
            "channel": request.channel,
            "limit": plan.size,
            "strategy": plan.strategy,
            "seeds": list(request.seed_item_ids),
            "identity": request.identity.kind if request.identity else None,
            "trusted": request.trusted,
        },
        "shopper": {
            "known": shopper.known,
            "events": len(shopper.history),
            "version": shopper.version,
            "consent": shopper.consent,
            "freshness": shopper.freshness,
        },
        "items": [
            {
                "item_id": view.external_id[c.row],
                "score": round(c.score, 5),
                "source": c.source,
                "reason": c.reason,
                "reason_kind": c.reason_kind,
                "evidence": c.evidence,
                "before": c.before,
                "position": position + 1,
                "chips": c.chips,
            }
            for position, c in enumerate(selection.chosen)
        ],
        "dropped": [
            {"item_id": view.external_id[d.row], "reason": d.reason, "by": d.by} for d in selection.dropped
        ],
        "candidates": selection.considered,
        "origin": selection.origin,
        "plan": [
            {"step": s.name, "critical": s.critical, "attempts": s.attempts} for s in plan.steps.values()
        ],
        "stages": [{"name": name, "ms": round(ms, 3)} for name, ms in execution.stages],
        "incidents": execution.incidents,
        "verdict": {
            "blocked": verdict.blocked,
            "reason": verdict.reason,
            "quality": verdict.quality,
            "warnings": list(verdict.warnings),
        },
        "versions": {"model": snapshot.model_version, "epoch": snapshot.epoch},
    }
    if plan.arms:
        trace["experiments"] = [
            {"experiment": arm.experiment_key, "variant": arm.variant_key, "changes": arm.payload}
            for arm in plan.arms
        ]
    return trace
