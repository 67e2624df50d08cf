"""A plan, tried on real events before it holds: what would become of the newest of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tenants.scope import Scope

from .compiled import Judged, compile_plan
from .recent import Came, events

TRIED = 100
SHOWN = 10


@dataclass(frozen=True)
class Verdict:
    """One event that would not pass as it came."""

    event: Came
    said: tuple[tuple[str, str], ...]
    refused: bool
    stripped: bool


@dataclass
class Trial:
    """`tried` events: those `refused`, `stripped` and only `marked`, and the first of them."""

    tried: int = 0
    refused: int = 0
    stripped: int = 0
    marked: int = 0
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def passed(self) -> int:
        return self.tried - self.refused - self.stripped - self.marked


def try_event(scope: Scope, planned: Mapping[str, Any], violations: str) -> Trial:
    """The newest events of one planned name against its schema."""
    plan = compile_plan(0, {"violations": violations, "unplanned": "allow", "events": [planned]})
    trial = Trial()
    name = planned["name"] or (None if planned["type"] != "track" else "")
    for came in events(scope, type_=planned["type"], name=name):
        fields = "traits" if planned["type"] in ("identify", "group") else "properties"
        raw = orjson.dumps({fields: came.fields})
        _note(trial, came, plan.judge(came.number, planned["name"], came.fields, raw, came.context))
        if trial.tried == TRIED:
            break
    return trial


def _note(trial: Trial, came: Came, judged: Judged | None) -> None:
    trial.tried += 1
    if judged is None:
        return
    stripped = judged.raw is not None
    if judged.refused:
        trial.refused += 1
    elif stripped:
        trial.stripped += 1
    else:
        trial.marked += 1
    if len(trial.verdicts) < SHOWN:
        said = tuple((v.place, v.why) for v in judged.violations)
        trial.verdicts.append(Verdict(came, said, judged.refused, stripped))
