"""One shopper's walk, as far as it goes now. Knows no database and no clock: the simulator walks with it too."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from ..graph import Compiled, Plan
from ..nodes.base import Deliver, Enrolled, Fail, Finish, Intention, Next, Resume, WaitFor, World

# So many nodes at a stretch, then others have their turn.
AT_A_STRETCH = 50
# Whoever has come through so many nodes goes round in a circle.
MOST_VISITS = 2_000
COMPLETED, FAILED = "completed", "failed"


@dataclass(frozen=True, slots=True)
class StepMade:
    """`port` is "" where the way ended."""

    visit: int
    node: str
    at: dt.datetime
    port: str
    outcome: str
    reason: str


@dataclass(slots=True)
class Progress:
    """What a walk came to. `who` is where the shopper is now; exactly one of the three ways to stop is set.

    `wait_reason` with `who.resume_at` (or `deliver`, which waits for the message's fate); `finished`: (outcome, reason).
    """

    who: Enrolled
    steps: list[StepMade] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    traits: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    deliver: Deliver | None = None
    finished: tuple[str, str] | None = None
    wait_reason: str = ""
    waits_for: tuple[str, ...] = ()
    parked: bool = False


def advance(plan: Plan, who: Enrolled, world: World, now: dt.datetime) -> Progress:
    """Walk from where the shopper is until something has to be waited for. Changes `who`."""
    progress = Progress(who)
    for _ in range(AT_A_STRETCH):
        compiled = plan.nodes.get(who.node)
        if compiled is None:
            return _finish(progress, now, FAILED, "the step is not in this version of the journey")
        intention = compiled.node.run(compiled.config, who, world, now)
        if not isinstance(intention, Next):
            return _stop(progress, intention, now)
        target = _target(compiled, intention.port)
        if target is None:
            return _finish(progress, now, FAILED, f"the way “{intention.port}” leads nowhere")
        progress.steps.append(
            StepMade(who.visit, who.node, now, intention.port, intention.outcome, intention.reason)
        )
        if intention.traits:
            progress.traits.append((who.visit, who.node, intention.traits))
            world.noted(who, intention.traits)
        _move(who, target)
        progress.arrived.append(target)
        if who.visit >= MOST_VISITS:
            return _finish(progress, now, FAILED, f"went through {MOST_VISITS:,} steps without an end")
    who.resume_at = now
    progress.wait_reason = "goes on"
    return progress


def _target(compiled: Compiled, port: str) -> str | None:
    found = compiled.targets.get(port)
    if found is None and any(p.optional and p.key == port for p in compiled.node.ports(compiled.config)):
        found = next(iter(compiled.targets.values()), None)
    return found


def _move(who: Enrolled, target: str) -> None:
    who.node = target
    who.visit += 1
    who.waiting_since = who.resume_at = None
    who.woken = who.detail = ""
    who.attempts = 0


def _stop(progress: Progress, intention: Intention, now: dt.datetime) -> Progress:
    who = progress.who
    if isinstance(intention, Finish):
        return _finish(progress, now, intention.outcome, intention.reason)
    if isinstance(intention, Fail):
        return _finish(progress, now, FAILED, intention.reason)
    who.waiting_since = who.waiting_since or now
    who.woken = who.detail = ""
    who.attempts = 0
    if isinstance(intention, Resume):
        who.resume_at, progress.wait_reason = intention.at, intention.reason
    elif isinstance(intention, WaitFor):
        who.resume_at, progress.wait_reason = intention.until, intention.reason
        progress.waits_for = intention.events
    elif isinstance(intention, Deliver):
        who.resume_at = None
        progress.deliver, progress.wait_reason = intention, intention.reason or "the message is on its way"
    return progress


def _finish(progress: Progress, now: dt.datetime, outcome: str, reason: str) -> Progress:
    who = progress.who
    progress.steps.append(StepMade(who.visit, who.node, now, "", outcome, reason))
    progress.finished = (outcome, reason)
    who.resume_at = None
    return progress
