"""Whose events these are: rules without a database, then the same rules under locks (see processing.people).

The rules:
* A user id is one shopper for ever. An anonymous id is a shopper until somebody says who it is.
* Only identify and alias say who a visitor is; a track with both ids counts for the user alone.
* A visitor whose profile has no user id becomes part of the known shopper. Two known shoppers are never merged.
* A browser's key can say anything: what its visitor did is given to the shopper it names, but the anonymous id itself
  is never attached to the shopper's profile. Who invents an anonymous id and identifies it as somebody else learns
  nothing. The id starts a new anonymous profile when it is seen again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .decode import ALIAS, IDENTIFY, Occurrence


@dataclass(slots=True)
class Merge:
    """`gone` is folded into `kept`. `event_id`: the event that said so. `attach`: whether its identifiers move along."""

    gone: int
    kept: int
    event_id: int
    attach: bool


@dataclass(slots=True)
class Plan:
    """`place[i]`: the profile of event i (None: nobody's). Profiles to be made have negative ids.

    `owner`: final owner of each identifier (None: of nobody any more). `unit`: which identifier first named a new one.
    `claimed`: identifiers that had a unit but no profile → the shopper they turned out to be.
    """

    owner: dict[bytes, int | None]
    known: set[int]
    place: list[int | None] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    unit: dict[int, bytes] = field(default_factory=dict)
    claimed: list[tuple[bytes, int]] = field(default_factory=list)
    _into: dict[int, int] = field(default_factory=dict)

    def final(self, profile: int) -> int:
        while profile in self._into:
            profile = self._into[profile]
        return profile

    def through(self, profile: int) -> list[int]:
        """The profile and those that it became part of, to the last."""
        found = [profile]
        while found[-1] in self._into:
            found.append(self._into[found[-1]])
        return found

    def make(self) -> int:
        profile = -1 - len(self.new)
        self.new.append(profile)
        return profile

    def of(self, blind: bytes | None) -> int | None:
        return self.owner.get(blind) if blind is not None else None

    def own(self, blind: bytes) -> int:
        profile = self.owner.get(blind)
        if profile is None:
            profile = self.owner[blind] = self.make()
            self.unit[profile] = blind
        return profile

    def merge(self, gone: int, kept: int, event_id: int, *, attach: bool) -> None:
        self.merges.append(Merge(gone, kept, event_id, attach))
        self._into[gone] = kept
        for blind, profile in self.owner.items():
            if profile == gone:
                self.owner[blind] = kept if attach else None


def plan(events: Iterable[Occurrence], owner: Mapping[bytes, int], known: Iterable[int]) -> Plan:
    """Apply the rules in order. `owner`: identifiers on record; `known`: those profiles that have a user id."""
    result = Plan(dict(owner), set(known))
    for event in events:
        result.place.append(_place(result, event))
    return result


def _place(plan: Plan, event: Occurrence) -> int | None:
    if event.user is None:
        return plan.own(event.anonymous) if event.anonymous is not None else None
    visitor = _visitor(plan, event)
    if visitor is None:
        shopper = plan.own(event.user)
        plan.known.add(shopper)
        return shopper
    profile = plan.of(visitor)
    shopper_now = plan.of(event.user)
    if shopper_now is None and profile is not None and profile not in plan.known and event.trusted:
        # The visitor's own profile becomes the new shopper's.
        plan.owner[event.user] = profile
        # Requests may have named the user before: what that unit saw is this shopper's.
        plan.claimed.append((event.user, profile))
        plan.known.add(profile)
        return profile
    shopper = plan.own(event.user)
    plan.known.add(shopper)
    if profile is None:
        plan.claimed.append((visitor, shopper))
        if event.trusted:
            plan.owner[visitor] = shopper
    elif profile != shopper and profile not in plan.known:
        plan.merge(profile, shopper, event.claimed.id, attach=event.trusted)
    return shopper


def _visitor(plan: Plan, event: Occurrence) -> bytes | None:
    """The identifier that the event says is the user's, if it says so."""
    if event.type == IDENTIFY:
        return event.anonymous
    if event.type == ALIAS:
        # The previous id may be a user id: a known shopper, who stays what they are.
        if event.previous_user is not None and plan.of(event.previous_user) is not None:
            return None
        return event.previous
    return None
