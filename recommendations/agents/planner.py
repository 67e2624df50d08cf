"""The planner: a request becomes a plan, which is data. The executor runs it, the decision trace shows it."""

from __future__ import annotations

from dataclasses import dataclass

from ..contracts import Request
from ..serving.placements import PlacementConfig

DEADLINE_SECONDS = 0.100

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


def plan(request: Request, placement: PlacementConfig) -> Plan:
    """Which strategy answers this placement, and how each stage may fail.

    The profile and the recommendation have fall-backs, so they are not critical; the guardrail is: without its word
    nothing is shown.
    """
    strategy = placement.strategy
    if strategy in NEEDS_SEED and not request.seed_item_ids:
        # A cart page that is still empty, a product page that did not say which: answer for the shopper instead.
        strategy = "personal"
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
