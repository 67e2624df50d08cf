"""The part of the graph that new links touch: read from the database, as far as links reach and profiles hold together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from psycopg import Cursor

from .partition import BLOCKED, Pair, Partition, Said, blocked, pair, partition, shared
from .rules import ANONYMOUS, JOINING, USER, Rules

# More names than this in one cluster are no person: the link that would make it is refused.
MOST = 1_000
# Of an address or a visitor's id that many user ids say is theirs, so many are enough to know whose it is.
_USERS_ENOUGH = 20
SIZE = "size"


@dataclass(slots=True)
class Graph:
    """`kinds` of the names inside; `owner`: their profiles now; `units` of these; `apart`: what staff separated.

    `claims`: visitors inside → the profiles that browsers said they are. `too_large`: names whose cluster is larger than
    a person's; they are not inside.
    """

    kinds: dict[bytes, str] = field(default_factory=dict)
    owner: dict[bytes, int] = field(default_factory=dict)
    units: dict[int, bytes] = field(default_factory=dict)
    links: dict[Pair, Said] = field(default_factory=dict)
    refused: dict[Pair, str] = field(default_factory=dict)
    apart: set[Pair] = field(default_factory=set)
    claims: dict[bytes, set[int]] = field(default_factory=dict)
    too_large: set[bytes] = field(default_factory=set)

    def partition(self, rules: Rules) -> Partition:
        """The groups of the names inside by all links, old and new."""
        inside = [said for said in self.links.values() if said.a in self.kinds and said.b in self.kinds]
        return partition(self.kinds, inside, rules, self.apart, self.refused)


def read_graph(
    cursor: Cursor,
    schema: str,
    start: Iterable[bytes],
    new: Mapping[Pair, Said],
    kinds: Mapping[bytes, str],
    rules: Rules,
) -> Graph:
    """Everything that may change when the links `new` are added: whatever accepted links and present profiles connect.

    `kinds`: those of the names in `new`. A handful of queries for any number of starting points; raises nothing.
    """
    start = set(start)
    reading = _Reading(cursor, schema, dict(new), dict(kinds), rules, start)
    frontier = start
    while frontier:
        frontier = reading.widen(frontier)
    return reading.graph()


class _Reading:
    def __init__(
        self,
        cursor: Cursor,
        schema: str,
        new: dict[Pair, Said],
        kinds: dict[bytes, str],
        rules: Rules,
        start: set[bytes],
    ) -> None:
        self._start = start
        self._cursor, self._schema, self._rules = cursor, schema, rules
        self._kinds = kinds
        self._links = dict(new)
        self._of: dict[bytes, dict[Pair, Said]] = {}
        for key, said in new.items():
            for name in key:
                self._of.setdefault(name, {})[key] = said
        self._listed: set[bytes] = set()
        self._inside: set[bytes] = set()
        self._owner: dict[bytes, int] = {}
        self._units: dict[int, bytes] = {}
        self._apart: set[Pair] = set()
        self._cluster: dict[bytes, bytes] = {}
        self._size: dict[bytes, int] = {}

    def widen(self, frontier: set[bytes]) -> set[bytes]:
        """Take the names in and find who is connected to them; those who are new."""
        self._inside |= frontier
        self._list(frontier - self._listed)
        near = {name for one in frontier for link in self._of.get(one, {}) for name in link}
        self._list(near - self._listed)
        found: set[bytes] = set()
        for one in frontier:
            for link in self._of.get(one, {}):
                other = link[1] if link[0] == one else link[0]
                # Whom an address joined until now is known by its links alone.
                joins = one in self._start and self._kinds[one] in JOINING
                if joins or (link not in self._refused(one) and link not in self._refused(other)):
                    self._join(one, other)
                    found.add(other)
        for one, others in self._same_profile(frontier).items():
            for other in others:
                self._join(one, other)
            found |= others
        # Who grows beyond a person is not followed further.
        return {n for n in found - self._inside if self._size.get(self._root(n), 1) <= MOST}

    def graph(self) -> Graph:
        large = {n for n in self._inside if self._size.get(self._root(n), 1) > MOST}
        inside = self._inside - large
        self._tie_unlinked(inside)
        refused: dict[Pair, str] = {}
        for name in inside:
            refused.update(self._refused(name))
        return Graph(
            {name: self._kinds[name] for name in inside},
            {name: owner for name, owner in self._owner.items() if name in inside},
            self._units,
            self._links,
            refused,
            self._apart,
            self._claims(inside),
            large,
        )

    def _claims(self, inside: set[bytes]) -> dict[bytes, set[int]]:
        visitors = sorted(name for name in inside if self._kinds[name] == ANONYMOUS)
        rows = self._cursor.execute(
            f"""SELECT DISTINCT c.visitor, i.profile_id FROM "{self._schema}".profiles_claim c
                JOIN "{self._schema}".profiles_identifier i ON i.blind = c.shopper AND i.profile_id IS NOT NULL
                WHERE c.visitor = ANY(%b::bytea[])""",
            [visitors],
            binary=True,
        ).fetchall()
        found: dict[bytes, set[int]] = {}
        for visitor, profile in rows:
            found.setdefault(visitor, set()).add(profile)
        return found

    def _tie_unlinked(self, inside: set[bytes]) -> None:
        """A name that nobody linked to anything belongs where it was put."""
        anchors: dict[int, bytes] = {}
        for name in sorted(inside, key=lambda n: (self._kinds[n] != USER, n)):
            if name in self._owner and self._of.get(name):
                anchors.setdefault(self._owner[name], name)
        for name in sorted(inside & self._owner.keys()):
            anchor = anchors.setdefault(self._owner[name], name)
            if anchor != name and not self._of.get(name):
                self._links[pair(anchor, name)] = Said(*pair(anchor, name), 0, b"")

    def _refused(self, name: bytes) -> dict[Pair, str]:
        links = sorted(self._of.get(name, {}).values(), key=lambda said: (said.at, said.key, said.a, said.b))
        nobody = {pair(said.a, said.b): BLOCKED for said in links if blocked(said, self._rules)}
        if self._kinds[name] == USER:
            return nobody
        standing = [
            said for said in links if (key := pair(said.a, said.b)) not in self._apart and key not in nobody
        ]
        return nobody | shared(self._kinds, standing, self._rules, only=name)

    def _list(self, names: set[bytes]) -> None:
        """Read the links of `names`, with the kinds at the other ends, and what staff separated."""
        if not names:
            return
        self._listed |= names
        rows = self._cursor.execute(
            f"""SELECT t.name, n.kind, l.a, l.b, l.at, l.key, o.kind
                FROM unnest(%b::bytea[]) AS t(name)
                LEFT JOIN "{self._schema}".profiles_identifier n ON n.blind = t.name
                LEFT JOIN LATERAL (
                    (SELECT a, b, at, key FROM "{self._schema}".profiles_link
                     WHERE (a = t.name OR b = t.name) AND by_user AND refused <> '{SIZE}'
                     ORDER BY at, key LIMIT CASE WHEN n.kind = 'user_id' THEN {2 * MOST} ELSE {_USERS_ENOUGH} END)
                    UNION ALL
                    (SELECT a, b, at, key FROM "{self._schema}".profiles_link
                     WHERE (a = t.name OR b = t.name) AND NOT by_user AND refused <> '{SIZE}' LIMIT {2 * MOST})
                ) l ON true
                LEFT JOIN "{self._schema}".profiles_identifier o
                    ON o.blind = CASE WHEN l.a = t.name THEN l.b ELSE l.a END""",
            [sorted(names)],
            binary=True,
        ).fetchall()
        for name, kind, a, b, at, key, other in rows:
            if kind is not None:
                self._kinds[name] = kind
            if a is None or other is None:
                continue
            self._kinds[b if a == name else a] = other
            said = Said(a, b, at, key)
            known = self._links.get((a, b))
            if known is None or (at, key) < (known.at, known.key):
                self._links[a, b] = said
            for end in (a, b):
                self._of.setdefault(end, {})[a, b] = self._links[a, b]
        for a, b in self._cursor.execute(
            f"""SELECT a, b FROM "{self._schema}".profiles_cut
                WHERE undone_at IS NULL AND (a = ANY(%b::bytea[]) OR b = ANY(%b::bytea[]))""",
            [sorted(names), sorted(names)],
            binary=True,
        ).fetchall():
            self._apart.add((a, b))

    def _same_profile(self, names: set[bytes]) -> dict[bytes, set[bytes]]:
        rows = self._cursor.execute(
            f"""SELECT i.blind, i.profile_id, p.unit, o.blind, o.kind
                FROM "{self._schema}".profiles_identifier i
                JOIN "{self._schema}".profiles_profile p ON p.id = i.profile_id
                JOIN "{self._schema}".profiles_identifier o ON o.profile_id = i.profile_id
                WHERE i.blind = ANY(%b::bytea[])""",
            [sorted(names)],
            binary=True,
        ).fetchall()
        found: dict[bytes, set[bytes]] = {}
        for name, profile, unit, other, kind in rows:
            self._owner[name] = self._owner[other] = profile
            self._units[profile] = unit
            self._kinds[other] = kind
            if other != name:
                found.setdefault(name, set()).add(other)
        return found

    def _root(self, name: bytes) -> bytes:
        while (above := self._cluster.get(name, name)) != name:
            self._cluster[name] = self._cluster.get(above, above)
            name = above
        return name

    def _join(self, one: bytes, other: bytes) -> None:
        a, b = self._root(one), self._root(other)
        if a != b:
            self._cluster[b] = a
            self._size[a] = self._size.get(a, 1) + self._size.get(b, 1)
