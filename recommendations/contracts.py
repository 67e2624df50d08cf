"""What passes between the six agents: frozen, without behaviour that decides anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tenants.scope import Scope

from .learning.data import ShopperHistory
from .learning.shopper import Shopper as SummedShopper


@dataclass(frozen=True, slots=True)
class Identity:
    """How the request names the shopper; `blind` finds the profile without the value being stored anywhere."""

    kind: str
    value: str
    blind: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A validated request. `trusted`: may read what belongs to a known shopper (secret key or shopper token)."""

    scope: Scope
    identity: Identity | None
    trusted: bool
    placement: str
    limit: int | None
    channel: str
    seed_item_ids: tuple[str, ...] = ()
    # What the shopper has before them already, such as the items of a cart: as little shown as the seeds.
    hidden_item_ids: tuple[str, ...] = ()
    # At most one item of a title: a letter's list has no room for the sizes of one thing.
    distinct_titles: bool = False
    context: dict[str, Any] = field(default_factory=dict)
    # (key of an experiment, key of a variant) that is to be shown whatever the shopper's own; nothing is counted.
    preview: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Shopper:
    """What the profile agent knows. Without a profile or without consent the history is empty.

    `unit`: whom experiments count, empty when that can't be known. `segments`: ids of those that were asked for, None
    when nobody asked.
    """

    profile_id: int | None
    version: int
    history: ShopperHistory
    features: dict[str, Any]
    consent: bool
    freshness: str = "live"
    unit: bytes = b""
    segments: frozenset[int] | None = None

    @property
    def known(self) -> bool:
        return self.profile_id is not None


@dataclass(slots=True)
class Candidate:
    """One item on its way into the answer; the recommendation agent and the guardrail write its chips."""

    row: int
    score: float
    source: str
    before: int
    chips: list[dict[str, str]] = field(default_factory=list)
    reason: str = ""
    reason_kind: str = ""
    evidence: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Dropped:
    row: int
    reason: str
    by: str


@dataclass(slots=True)
class Selection:
    """What the recommendation agent proposes, best first, and what it left out on the way.

    `summed`: the history as the model summed it up, for the explanation.
    """

    chosen: list[Candidate]
    dropped: list[Dropped]
    considered: dict[str, int]
    origin: str = "model"
    summed: SummedShopper | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The guardrail's or the evaluator's finding. `blocked`: nothing may be shown."""

    blocked: bool = False
    reason: str = ""
    quality: float = 1.0
    warnings: tuple[str, ...] = ()
