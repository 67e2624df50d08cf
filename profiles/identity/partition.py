"""Which identifiers are one person: a function of the set of links, in whatever order they came. No database here.

Two steps, after the deterministic matching with limits that identity graphs use (and Kruskal's algorithm for the order):
first each value that several user ids say is theirs is given to nobody or to the first of them; then links are taken by
(priority, time, message) and unite what they join, unless the united profile would break a limit or join what staff has
separated. A user id's limit is one: two known shoppers are never united.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .rules import USER, Rules

SHARED, FIRST, LIMIT, CUT, BLOCKED = "shared", "first", "limit", "cut", "blocked"
Pair = tuple[bytes, bytes]


def pair(one: bytes, other: bytes) -> Pair:
    """Two identifiers, the smaller first."""
    return (one, other) if one < other else (other, one)


@dataclass(frozen=True, slots=True)
class Said:
    """Two identifiers are one person's. `at`: unix microseconds; `key` orders what was said at the same time."""

    a: bytes
    b: bytes
    at: int
    key: bytes


@dataclass(slots=True)
class Partition:
    """`root`: identifier → the one that stands for its group. `refused`: links that unite nobody, with the reason."""

    root: dict[bytes, bytes]
    refused: dict[Pair, str] = field(default_factory=dict)

    def groups(self) -> dict[bytes, list[bytes]]:
        found: dict[bytes, list[bytes]] = {}
        for node in sorted(self.root):
            found.setdefault(self.root[node], []).append(node)
        return found


def partition(
    kinds: Mapping[bytes, str],
    links: Iterable[Said],
    rules: Rules,
    cuts: Iterable[Pair] = (),
    known: Mapping[Pair, str] | None = None,
) -> Partition:
    """The groups of the identifiers in `kinds` (identifier → kind), each standing under its smallest member.

    `known`: links that are refused for what is said of their values by identifiers that are not in `kinds`.
    """
    apart = {pair(*cut) for cut in cuts}
    refused: dict[Pair, str] = dict(known or {})
    standing = []
    for link in sorted(links, key=_moment):
        if pair(link.a, link.b) in apart:
            refused[pair(link.a, link.b)] = CUT
        elif blocked(link, rules):
            refused[pair(link.a, link.b)] = BLOCKED
        else:
            standing.append(link)
    refused |= shared(kinds, standing, rules)
    order = sorted(
        (link for link in standing if pair(link.a, link.b) not in refused),
        key=lambda said: (
            max(rules.kind(kinds[said.a]).priority, rules.kind(kinds[said.b]).priority),
            *_moment(said),
        ),
    )
    forest = _Forest(kinds, apart)
    for link in order:
        why = forest.unite(link.a, link.b, rules)
        if why:
            refused[pair(link.a, link.b)] = why
    return Partition({node: forest.find(node) for node in kinds}, refused)


def shared(
    kinds: Mapping[bytes, str], links: Iterable[Said], rules: Rules, only: bytes | None = None
) -> dict[Pair, str]:
    """Links of values that several user ids say are theirs; `links` in the order in which they were said.

    `only`: look at this value alone.
    """
    of_value: dict[bytes, list[Said]] = {}
    for link in links:
        for value in (link.a, link.b):
            if kinds[value] != USER and only in (None, value):
                of_value.setdefault(value, []).append(link)
    refused: dict[Pair, str] = {}
    for value, said in of_value.items():
        by_users = [link for link in said if kinds[link.b if link.a == value else link.a] == USER]
        if len(by_users) < 2:
            continue
        if rules.kind(kinds[value]).shared == "nobody":
            refused.update({pair(link.a, link.b): SHARED for link in said})
        else:
            refused.update({pair(link.a, link.b): FIRST for link in by_users[1:]})
    return refused


def blocked(said: Said, rules: Rules) -> bool:
    """Whether one of the two is a value that names nobody, which the merchant said after it was heard."""
    return bool(rules.nobody) and (said.a in rules.nobody or said.b in rules.nobody)


def _moment(said: Said) -> tuple[int, bytes, bytes, bytes]:
    return said.at, said.key, said.a, said.b


class _Forest:
    """Disjoint sets that know how many of each kind they hold, and whom they may not meet."""

    def __init__(self, kinds: Mapping[bytes, str], apart: Iterable[Pair]) -> None:
        self._parent = {node: node for node in kinds}
        self._count = {node: Counter({kind: 1}) for node, kind in kinds.items()}
        self._members = {node: {node} for node in kinds}
        self._apart: dict[bytes, set[bytes]] = {}
        for a, b in apart:
            self._apart.setdefault(a, set()).add(b)
            self._apart.setdefault(b, set()).add(a)

    def find(self, node: bytes) -> bytes:
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    def unite(self, a: bytes, b: bytes, rules: Rules) -> str:
        """Why not; empty when they are one now."""
        one, other = sorted((self.find(a), self.find(b)))
        if one == other:
            return ""
        small, large = sorted((one, other), key=lambda root: len(self._members[root]))
        if any(self._apart.get(node, set()) & self._members[large] for node in self._members[small]):
            return CUT
        count = self._count[one] + self._count[other]
        if any(amount > rules.kind(kind).limit for kind, amount in count.items()):
            return LIMIT
        self._parent[other] = one
        self._count[one] = count
        self._members[one] |= self._members.pop(other)
        return ""
