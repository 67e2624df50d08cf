"""What stands on the timeline: acts of the shopper, which make visits and orders, and moments that stand alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from django.http import HttpRequest

from ..models import Profile

EVENT = 0


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the shopper did. `kind`: of Interaction, or EVENT for what is no act with an item.

    `raw`: the event as JSON, for who may read it.
    """

    at: dt.datetime
    kind: int
    verb: str
    title: str
    item_pk: int | None = None
    quantity: float = 1.0
    value: float = 0.0
    order: int = 0
    place: int = -1
    channel: str = ""
    raw: str = ""

    @property
    def several(self) -> bool:
        """Pieces, that is: fuel and weighed goods come in hundreds of units, which nobody wants to read."""
        return 1 < self.quantity < 100


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to the shopper. `part`: the filter that shows it. `icon`: a Material symbol."""

    at: dt.datetime
    part: str
    icon: str
    title: str
    detail: str = ""
    url: str = ""
    tone: str = ""


class Moments(Protocol):
    """A source of moments, named in settings.SHOPPER_MOMENTS: at most `limit`, newest first, before a moment.

    Empty for who may not see them.
    """

    def __call__(
        self, request: HttpRequest, profile: Profile, before: dt.datetime | None, limit: int
    ) -> list[Moment]: ...
