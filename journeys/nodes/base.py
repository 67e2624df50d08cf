"""What a node is given, what it may ask, and what it answers.

A node never touches a queue, a clock or a table. It gets its settings, the shopper's enrolment, a `World` to ask and the
time; it returns an intention. The engine and the simulator run the same nodes over worlds of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..facts import Facts


@dataclass(frozen=True, slots=True)
class Port:
    """A way out of a node. One that is `optional` may lead nowhere: the shopper then leaves by the first port.

    `help`: who leaves by it, where the label does not say it all.
    """

    key: str
    label: str
    optional: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a node's form. `options`: (value, label) of a select. Durations are in seconds.

    kind: text, number, duration, time, select, event, segment, template, experiment, trait, weights or condition.
    """

    name: str
    label: str
    kind: str
    help: str = ""
    default: Any = None
    required: bool = True
    options: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Enrolled:
    """A shopper at a node. `waiting_since` is None when the node has not begun.

    `woken`: "" by the clock, "event" or "message"; `detail` says which. `event`: name, properties and time of what
    began the journey, read when first asked for.
    """

    id: int
    journey_id: int
    version_id: int
    profile_id: int
    unit: bytes
    node: str
    visit: int
    entered_at: dt.datetime
    waiting_since: dt.datetime | None = None
    resume_at: dt.datetime | None = None
    woken: str = ""
    detail: str = ""
    attempts: int = 0
    context: bytes = b""


class World(Protocol):
    """What a node may ask about the shopper. Every answer is for the moment of the call."""

    def feature(self, who: Enrolled, name: str) -> Any: ...

    def trait(self, who: Enrolled, name: str) -> Any: ...

    def event(self, who: Enrolled) -> dict[str, Any]:
        """{"name", "properties", "at"} of the event that began the journey; empty for a segment."""

    def cart(self, who: Enrolled) -> tuple[str, ...]:
        """The items in the shopper's cart (`journeys.cart`)."""

    def in_segment(self, who: Enrolled, key: str) -> bool: ...

    def consented(self, who: Enrolled, purpose: str, channel: str) -> bool: ...

    def noted(self, who: Enrolled, traits: dict[str, Any]) -> None:
        """These traits are being set: steps that follow at once see them."""

    def zone(self, who: Enrolled) -> dt.tzinfo:
        """The shopper's time zone, or the tenant's."""

    def arm(self, who: Enrolled, experiment: str) -> str | None:
        """The key of the shopper's variant, and the exposure noted; None when the experiment does not include them."""


@dataclass(frozen=True, slots=True)
class Next:
    """Leave by `port`. `traits`: set on the shopper, with the step."""

    port: str
    outcome: str
    reason: str = ""
    traits: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resume:
    """Come back to this node at `at`."""

    at: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Come back to this node when one of `events` happens, at `until` at the latest."""

    events: tuple[str, ...]
    until: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand a message to the outbox and come back when its fate is decided."""

    template: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """The shopper's way ends here."""

    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fail:
    """The node can't do its work, and trying again would not help."""

    reason: str


Intention = Next | Resume | WaitFor | Deliver | Finish | Fail


class Node(Protocol):
    """A node type, one module each."""

    type: str
    label: str
    help: str
    icon: str
    category: str  # trigger, timing, logic, action or end
    Config: Any
    waits: bool  # always lets time pass
    fields: tuple[Field, ...]

    def ports(self, config: Any) -> Sequence[Port]: ...

    def check(self, config: Any, facts: Facts) -> list[tuple[str, str]]:
        """(field, sentence) for everything that is wrong with the settings."""

    def run(self, config: Any, who: Enrolled, world: World, now: dt.datetime) -> Intention: ...
