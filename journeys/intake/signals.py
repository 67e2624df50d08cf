"""Something that happened to a shopper, whoever tells it: an event, or a segment entered or left."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from ..facts import folded


@dataclass(frozen=True, slots=True)
class Signal:
    """kind: "event", "entered" or "left" (a segment); `name`: of the event, or key of the segment.

    `starts`: whether journeys may begin with it. A segment's new definition moves many at once, who did nothing.
    """

    profile_id: int
    unit: bytes
    kind: str
    name: str
    at: dt.datetime
    properties: dict[str, Any] = field(default_factory=dict)
    starts: bool = True

    @property
    def folded(self) -> str:
        return folded(self.name) if self.kind == "event" else self.name

    @property
    def said(self) -> str:
        return f"{self.name} happened" if self.kind == "event" else f"{self.kind} the segment {self.name}"
