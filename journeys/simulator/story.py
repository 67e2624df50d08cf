"""What goes into a simulation and what comes out of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the simulated shopper."""

    at: dt.datetime
    name: str
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the story. `node` is None for what happens outside of a step; `message`: place in `messages`.

    tone: "" plain, good, warn or bad.
    """

    at: dt.datetime
    node: str | None
    label: str
    outcome: str
    reason: str = ""
    tone: str = ""
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as the shopper would get it."""

    at: dt.datetime
    channel: str
    to: str
    subject: str
    html: str
    text: str


@dataclass(slots=True)
class Simulation:
    """`outcome`: how it ends, in a sentence. `entered`: whether the shopper came into the journey at all."""

    steps: list[Told] = field(default_factory=list)
    messages: list[Letter] = field(default_factory=list)
    outcome: str = ""
    entered: bool = False


_GOOD = {"sent", "delivered", "goal", "reached"}
_WARN = {"skipped", "delayed", "timed out", "restarted", "exited", "stopped"}


def tone_of(outcome: str) -> str:
    if outcome in _GOOD:
        return "good"
    if outcome in _WARN:
        return "warn"
    return "bad" if outcome in ("failed", "unknown") else ""
