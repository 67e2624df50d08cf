"""What a batch changes: whose each name becomes, which profiles merge, which have to be sorted out anew. No database here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .claims import Claimed, claimant, only_claimant
from .graph import Graph
from .partition import Pair, pair
from .rules import ANONYMOUS, JOINING, USER, Rules
from .store import Seen
from .words import Words

if TYPE_CHECKING:
    from ..processing.decode import Occurrence

HANDLES = (USER, ANONYMOUS)


@dataclass(slots=True)
class Merge:
    """`gone` is folded into `kept`. `attach`: a trusted source said so, and its names move along."""

    gone: int
    kept: int
    event_id: int | None
    attach: bool


@dataclass(slots=True)
class Plan:
    """Profiles to be made have negative numbers, and `unit` the name that first named them.

    `owner`: names whose profile changes (None: nobody's). `place[i]`: the profile of event i; `doubtful`: those that are
    their shopper's by a browser's word alone. `claimed`: names that had a unit and no profile → their shopper.
    `restore`: of new profiles that leave another one, the names under which they may have been one before.
    `sort`: profiles whose events and facts have to be given to whom they belong now; `split`: (from, to) of names.
    """

    seen: Seen
    owner: dict[bytes, int | None] = field(default_factory=dict)
    new: dict[int, bytes] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    claimed: list[tuple[bytes, int]] = field(default_factory=list)
    place: list[int | None] = field(default_factory=list)
    doubtful: set[int] = field(default_factory=set)
    restore: dict[int, list[bytes]] = field(default_factory=dict)
    sort: set[int] = field(default_factory=set)
    split: list[tuple[int, int]] = field(default_factory=list)
    refused: dict[Pair, str] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    claims: dict[bytes, list[Claimed]] = field(default_factory=dict)
    _into: dict[int, int] = field(default_factory=dict)

    def final(self, profile: int) -> int:
        while profile in self._into:
            profile = self._into[profile]
        return profile

    def of(self, name: bytes) -> int | None:
        """Whose the name is by now."""
        profile = (
            self.owner[name] if name in self.owner else self.seen.owner.get(name, self.seen.shopper.get(name))
        )
        return self.final(profile) if profile is not None else None

    def own(self, name: bytes) -> int:
        profile = self.of(name)
        if profile is None:
            profile = self.owner[name] = self.make(name)
        return profile

    def make(self, unit: bytes) -> int:
        profile = -1 - len(self.new)
        self.new[profile] = unit
        return profile

    def merge(self, gone: int, kept: int, event_id: int | None, *, attach: bool) -> None:
        self.merges.append(Merge(gone, kept, event_id, attach))
        self._into[gone] = kept


@dataclass(frozen=True, slots=True)
class Life:
    """When a visitor's profile did something, first and last (unix microseconds), and by how many ids it is known."""

    first: int
    last: int
    names: int


def plan(
    events: Sequence[Occurrence],
    words: Words,
    seen: Seen,
    graph: Graph | None,
    rules: Rules,
    lives: Mapping[int, Life],
) -> Plan:
    """`lives`: of the profiles of visitors who are claimed."""
    result = Plan(seen, known=set(seen.known))
    fresh = {
        visitor: {c: event for c, event in said.items() if pair(visitor, c.shopper) not in seen.cuts}
        for visitor, said in words.claims.items()
    }
    result.claims = {
        visitor: sorted({*seen.claims.get(visitor, ()), *fresh.get(visitor, ())})
        for visitor in words.visitors
    }
    if graph is not None:
        regroup(result, graph, words, rules)
    for event in events:
        if event.user is not None:
            result.known.add(result.own(event.user))
    for visitor, said in sorted(fresh.items()):
        _hear(result, visitor, said, seen, lives)
    for position, event in enumerate(events):
        profile, doubtful = whose(result, event.user, event.anonymous, event.at)
        result.place.append(profile)
        if doubtful:
            result.doubtful.add(position)
    _units(result, words, fresh)
    return result


def whose(plan: Plan, user: bytes | None, visitor: bytes | None, at: int) -> tuple[int | None, bool]:
    """The profile of an act, made where there is none yet, and whether it is the shopper's by a browser's word alone."""
    if user is not None:
        return plan.own(user), False
    if visitor is None:
        return None, False
    profile = plan.of(visitor)
    if profile is None or profile not in plan.known:
        shopper = claimant(plan.claims.get(visitor, ()), at)
        if shopper is not None:
            return plan.own(shopper), True
    return plan.own(visitor), False


def regroup(plan: Plan, graph: Graph, words: Words, rules: Rules) -> None:
    """Give the names of the graph the profiles of their groups."""
    parts = graph.partition(rules)
    plan.refused = parts.refused
    groups = parts.groups()
    users = {root: next((n for n in names if graph.kinds[n] == USER), None) for root, names in groups.items()}
    homes = _homes(graph, parts.root, users)
    acting = words.values.keys()
    were_known = {profile for name, profile in graph.owner.items() if graph.kinds[name] == USER}
    for root, names in groups.items():
        here = sorted(
            (p for p, home in homes.items() if home == root), key=lambda p: (p not in plan.seen.known, p)
        )
        event_id = max(
            (
                link.event_id
                for (a, b), link in words.links.items()
                if parts.root.get(a) == root and parts.root.get(b) == root
            ),
            default=None,
        )
        before = {graph.owner[name] for name in names if name in graph.owner}
        alive = before or any(graph.kinds[n] in HANDLES and n in acting for n in names)
        if not alive:
            target = None
        elif here:
            target = here[0]
        else:
            target = plan.make(_unit(names, graph.kinds, users[root]))
        for name in names:
            if graph.kinds[name] in JOINING and name not in graph.owner:
                continue
            if target is not None or graph.owner.get(name) is not None:
                plan.owner[name] = target
        if target is None:
            continue
        if users[root] is not None:
            plan.known.add(target)
        for gone in here[1:]:
            plan.merge(gone, target, event_id, attach=True)
        for name in names:
            # Browsers' words on a visitor hold only as long as no trusted source knows whose profile it is.
            moved = graph.owner.get(name) != target or (target in were_known) != (users[root] is not None)
            if graph.claims.get(name) and moved:
                plan.sort |= {target, *graph.claims[name]}
        left = before - set(here)
        for source in sorted(left):
            plan.split.append((source, target))
        if left:
            plan.sort |= {target, *left}
        if left and target < 0:
            plan.restore[target] = names


def _homes(
    graph: Graph, root: Mapping[bytes, bytes], users: Mapping[bytes, bytes | None]
) -> dict[int, bytes]:
    """Each present profile → the group that keeps it: with its user id, else with the name that first named it."""
    names: dict[int, list[bytes]] = {}
    for name, profile in graph.owner.items():
        names.setdefault(profile, []).append(name)
    homes = {}
    for profile, mine in names.items():
        first = min(mine, key=lambda n: (graph.kinds[n] != USER, n != graph.units.get(profile), n))
        homes[profile] = root[first]
    return homes


def _unit(names: Sequence[bytes], kinds: Mapping[bytes, str], user: bytes | None) -> bytes:
    return user or next((n for n in names if kinds[n] == ANONYMOUS), names[0])


def _hear(
    plan: Plan, visitor: bytes, said: Mapping[Claimed, int], seen: Seen, lives: Mapping[int, Life]
) -> None:
    """Give the shoppers what the visitor did whom browsers say is them."""
    profile = plan.of(visitor)
    if not said or (profile is not None and profile in plan.known):
        return  # a trusted source says who this is
    early = min(said)
    overtaken = {c.shopper for c in seen.claims.get(visitor, ()) if c > early}
    if overtaken - {early.shopper} or (overtaken and len({c.shopper for c in said}) > 1):
        # Said between what others said: acts that went to one of them may be another's.
        shoppers = {*overtaken, *(c.shopper for c in said)}
        plan.sort |= {p for shopper in shoppers if (p := plan.own(shopper)) > 0}
    life = lives.get(profile) if profile is not None else None
    if profile is None or life is None:
        return
    shopper = only_claimant(said, life.first, life.last) if life.names == 1 else None
    if shopper is not None:
        plan.owner[visitor] = None
        plan.merge(profile, plan.own(shopper), max(said.values()), attach=False)
    elif claimant(said, life.first) is not None:
        plan.sort |= {profile, *(p for c in said if (p := plan.own(c.shopper)) > 0)}


def _units(plan: Plan, words: Words, fresh: Mapping[bytes, Mapping[Claimed, int]]) -> None:
    """What a request showed to a name before it had a profile belongs to whom it turned out to be."""
    for name, (kind, _) in words.values.items():
        if kind not in HANDLES or plan.seen.owner.get(name) is not None or name in fresh:
            continue
        profile = plan.of(name)
        if profile is not None:
            plan.claimed.append((name, profile))
    for visitor, said in fresh.items():
        if said and plan.seen.owner.get(visitor) is None:
            plan.claimed.append((visitor, plan.own(max(said).shopper)))
