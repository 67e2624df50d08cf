"""One conclusion from all numbers, as a code and what it rests on; the words are the console's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from .outcome import Comparison, Interval, Reason
from .srm import Split


class Code(StrEnum):
    NO_EXPOSURES = "no_exposures"
    BROKEN_SPLIT = "broken_split"
    NO_NUMBERS = "no_numbers"
    TOO_EARLY = "too_early"
    GUARDRAIL = "guardrail"
    BETTER = "better"
    WORSE = "worse"
    ALIKE = "alike"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`arm`: of which is spoken. `interval`: of the difference, `lift`: relative; `sequential`: which of the two.

    `metric`: the guardrail that is worse, when that is the verdict. `reason`: why there are no numbers.
    """

    code: Code
    arm: str = ""
    interval: Interval | None = None
    lift: Interval | None = None
    sequential: bool = True
    metric: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A metric that must not get worse. `up`: more is better."""

    metric: str
    comparisons: Mapping[str, Comparison]
    up: bool = True


def conclude(
    comparisons: Mapping[str, Comparison],
    split: Split,
    *,
    sequential: bool,
    complete: bool = False,
    up: bool = True,
    guardrails: tuple[Guardrail, ...] = (),
    negligible: float = 0.0,
) -> Verdict:
    """The verdict over the primary metric's comparisons by arm.

    sequential: settled before the start and for good. True: the always-valid interval decides, at any look. False: the
    fixed one does, once, when what was planned is `complete`; the comparisons must then be of the planned units alone.
    Changing from one to the other on the way, or looking at the fixed one again with more units, errs far more often
    than α (bench/calibration.py). Guardrails are watched by the always-valid interval either way.
    up: more is better. negligible: a relative lift so small that an interval within it means "alike".
    """
    if not sum(split.observed.values()):
        return Verdict(Code.NO_EXPOSURES, reason=Reason.NO_EXPOSURES)
    if split.broken:
        return Verdict(Code.BROKEN_SPLIT)
    # Before the primary metric's numbers: harm should not wait for them.
    harm = _harm(guardrails)
    if harm:
        return harm
    told = {arm: c for arm, c in comparisons.items() if c.interval(sequential=sequential)}
    if not told:
        reasons = [c.reason for c in comparisons.values() if c.reason]
        return Verdict(Code.NO_NUMBERS, reason=reasons[0] if reasons else Reason.EMPTY_ARM)
    best = max(told, key=lambda arm: _gain(told[arm], sequential, up))
    if all(comparison.few for comparison in told.values()) or not (sequential or complete):
        return _of(Code.TOO_EARLY, best, told[best], sequential)
    sure = [arm for arm, c in told.items() if not c.few]
    winners = [arm for arm in sure if _side(told[arm], sequential, up) > 0]
    if winners:
        best = max(winners, key=lambda arm: _gain(told[arm], sequential, up))
        return _of(Code.BETTER, best, told[best], sequential)
    if len(sure) == len(comparisons) and all(_side(told[arm], sequential, up) < 0 for arm in sure):
        return _of(Code.WORSE, best, told[best], sequential)
    lift = told[best].lift(sequential=sequential)
    if lift and negligible and -negligible < lift.low and lift.high < negligible:
        return _of(Code.ALIKE, best, told[best], sequential)
    return _of(Code.UNDECIDED, best, told[best], sequential)


def _harm(guardrails: tuple[Guardrail, ...]) -> Verdict | None:
    for guardrail in guardrails:
        for arm, comparison in guardrail.comparisons.items():
            if not comparison.few and _side(comparison, True, guardrail.up) < 0:
                return replace(_of(Code.GUARDRAIL, arm, comparison, True), metric=guardrail.metric)
    return None


def _of(code: Code, arm: str, comparison: Comparison, sequential: bool) -> Verdict:
    return Verdict(
        code,
        arm,
        comparison.interval(sequential=sequential),
        comparison.lift(sequential=sequential),
        sequential,
    )


def _gain(comparison: Comparison, sequential: bool, up: bool) -> float:
    interval = comparison.interval(sequential=sequential)
    value = interval.value if interval else 0.0
    return value if up else -value


def _side(comparison: Comparison, sequential: bool, up: bool) -> int:
    """1: certainly better, -1: certainly worse, 0: not certain."""
    interval = comparison.interval(sequential=sequential)
    if interval is None or not (interval.above or interval.below):
        return 0
    return 1 if interval.above == up else -1
