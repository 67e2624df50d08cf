"""The planner: a request becomes a plan, which is data. The executor runs it, the decision trace shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from experiments.running import Arm

from ..contracts import Request, Shopper
from ..serving.placements import PlacementConfig
from ..serving.snapshot import Snapshot

DEADLINE_SECONDS = 0.100
# What a request with a limit has decided itself, whatever variants say.
LIMITED = frozenset({"size"})

# Strategies that start from given items; without any they have nothing to start from.
NEEDS_SEED = frozenset({"similar", "complement"})


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: its share of what is left of the deadline, and whether the answer can do without it."""

    name: str
    critical: bool
    share: float
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    strategy: str
    size: int
    max_per_category: int
    steps: dict[str, Step]
    deadline_seconds: float = DEADLINE_SECONDS
    # The variants of experiments that this answer shows.
    arms: tuple[Arm, ...] = ()


def plan(request: Request, placement: PlacementConfig) -> Plan:
    """Which strategy answers this placement, and how each stage may fail.

    The profile and the recommendation have fall-backs, so they are not critical; the guardrail is: without its word
    nothing is shown.
    """
    strategy = _answerable(placement.strategy, request)
    steps = (
        Step("profile", critical=False, share=0.5, attempts=3),
        Step("recommendation", critical=False, share=0.8),
        Step("guardrail", critical=True, share=0.9),
        Step("explanation", critical=False, share=0.9),
        Step("evaluator", critical=False, share=1.0),
    )
    return Plan(
        strategy=strategy,
        size=request.limit or placement.size,
        max_per_category=placement.max_per_category,
        steps={step.name: step for step in steps},
    )


def arms_of(request: Request, shopper: Shopper, snapshot: Snapshot) -> tuple[Arm, ...]:
    """The variants that the shopper is to see here: mostly none, found without a query.

    Whoever refuses personalisation takes part in no experiment, nor does anybody whose unit can't be known.
    """
    running = snapshot.running
    if not running.subjects:
        return ()
    subject = f"placement:{request.placement}"
    if request.preview is not None:
        return running.forced(subject, *request.preview)
    if not shopper.unit or not shopper.consent:
        return ()
    settled = LIMITED if request.limit is not None else frozenset()
    return running.assign(shopper.unit, subject=subject, segments=shopper.segments, settled=settled)


def with_arms(request: Request, plan: Plan, snapshot: Snapshot, arms: Sequence[Arm]) -> tuple[Plan, Snapshot]:
    """The plan as the arms change it, and the snapshot with the model that they name.

    No two arms change the same field (see `Running.assign`), so all of them take effect and are shown.
    """
    strategy, size = plan.strategy, plan.size
    for arm in arms:
        strategy = arm.payload.get("strategy", strategy)
        if request.limit is None:
            size = arm.payload.get("size", size)
        snapshot = snapshot.with_model(arm.payload.get("model"))
    return replace(plan, strategy=_answerable(strategy, request), size=size, arms=tuple(arms)), snapshot


def _answerable(strategy: str, request: Request) -> str:
    """A cart page that is still empty, a product page that did not say which: answer for the shopper instead."""
    return "personal" if strategy in NEEDS_SEED and not request.seed_item_ids else strategy
