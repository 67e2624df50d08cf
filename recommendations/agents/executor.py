"""The executor: the only one that times, retries and records.

A failed step is tried again with exponential backoff and jitter while its share of the deadline lasts, but only when
the failure is of the passing kind. Then its fall-back answers; a critical step without one ends the request.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError

from tenants.redis import Unavailable

from .planner import Plan

Result = TypeVar("Result")
PASSING = (OperationalError, InterfaceError, Unavailable)
FIRST_PAUSE_SECONDS = 0.002

log = structlog.get_logger("attune.executor")


class StepFailed(Exception):
    """A critical step failed and nothing can stand in for it."""

    def __init__(self, step: str, error: Exception) -> None:
        super().__init__(f"{step}: {error}")
        self.step = step


@dataclass(slots=True)
class Execution:
    """One run of a plan: what each stage took (milliseconds) and what went wrong on the way."""

    plan: Plan
    started: float = field(default_factory=time.perf_counter)
    stages: list[tuple[str, float]] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)

    def remaining(self) -> float:
        return self.plan.deadline_seconds - (time.perf_counter() - self.started)

    def run(
        self, name: str, work: Callable[[], Result], fallback: Callable[[Exception], Result] | None = None
    ) -> Result:
        """`work()`; after failing, `fallback(error)`; without one StepFailed."""
        step = self.plan.steps[name]
        begun = time.perf_counter()
        limit = begun + max(self.remaining(), 0) * step.share
        attempt = 0
        try:
            while True:
                attempt += 1
                try:
                    return work()
                except PASSING as error:
                    pause = FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)
                    if attempt >= step.attempts or time.perf_counter() + pause > limit:
                        return self._give_up(name, error, fallback)
                    time.sleep(pause)
                except Exception as error:
                    log.exception("step failed", step=name)
                    return self._give_up(name, error, fallback)
        finally:
            self.stages.append((name, (time.perf_counter() - begun) * 1000))

    def _give_up(self, name: str, error: Exception, fallback: Callable[[Exception], Result] | None) -> Result:
        self.incidents.append(f"{name}: {type(error).__name__}")
        if fallback is None or self.plan.steps[name].critical:
            raise StepFailed(name, error) from error
        log.warning("fall-back", step=name, error=str(error))
        return fallback(error)

    def server_timing(self) -> str:
        """The Server-Timing header (W3C): each stage and the total, in milliseconds."""
        total = (time.perf_counter() - self.started) * 1000
        return ", ".join(f"{name};dur={ms:.2f}" for name, ms in [*self.stages, ("total", total)])
