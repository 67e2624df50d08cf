"""Whose a batch's events are: what they say about identifiers, made true in the database under locks.

Order of locks, the same in every worker: new names (by blind index), then names on record (by blind index), then profiles
(by id), then everything else. A worker that waits for a name holds no profile; one that waits for a profile waits for a
worker that holds all of its own. (The foreign key of a name is checked at commit, when its profile is locked anyway.)
A batch whose names are known and that says nothing new locks no names: it looks again once it holds the profiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from psycopg import Cursor

from tenants.scope import Scope

from ..identity.graph import SIZE, Graph, read_graph
from ..identity.merging import carry_out, make_profiles
from ..identity.partition import Pair, Said
from ..identity.plan import Life, Plan, plan
from ..identity.rules import USER, Rules
from ..identity.store import (
    Seen,
    add_names,
    give_names,
    keep_claims,
    keep_links,
    keep_reasons,
    lock_names,
    look,
    read_rules,
)
from ..identity.words import NewLink, Words, read_words
from .addresses import BROWSER, SERVER, note_identifiers
from .decode import Occurrence
from .drafts import Draft, load

_TRIES = 5


class Moved(Exception):
    """Somebody else changed these identities meanwhile: look again."""


@dataclass(slots=True)
class People:
    """`place[i]`: draft of event i, or None. `drafts`: the profiles that remain, by id.

    `merged`: (gone, kept) ids; `units`: the same of units, also of visitors who never had a profile. `released`:
    identifiers that are nobody's any more → the event that released them. `consents`: profiles whose consents a merge
    changed. `sort`: profiles whose events and facts have to be given to whom they belong by now (identity.rebuild);
    `split`: (from, to) of those that names have left.
    """

    place: list[Draft | None]
    drafts: dict[int, Draft]
    merged: list[tuple[int, int]]
    units: list[tuple[bytes, bytes]]
    released: dict[bytes, int]
    consents: list[int]
    sort: list[int] = field(default_factory=list)
    split: list[tuple[int, int]] = field(default_factory=list)


def resolve(cursor: Cursor, scope: Scope, events: Sequence[Occurrence]) -> People:
    """Find or make the profiles of `events`, lock them, and carry out merges.

    Raises `Moved` when other workers kept changing the same identities.
    """
    rules = read_rules(cursor, scope.schema)
    words = read_words(scope.tenant_id, events, rules)
    for _ in range(_TRIES):
        cursor.execute("SAVEPOINT people")
        try:
            people = _resolve(cursor, scope, events, words, rules)
        except Moved:
            cursor.execute("ROLLBACK TO SAVEPOINT people")
            continue
        cursor.execute("RELEASE SAVEPOINT people")
        return people
    raise Moved(f"identities of {len(events)} events kept changing")


def _resolve(
    cursor: Cursor, scope: Scope, events: Sequence[Occurrence], words: Words, rules: Rules
) -> People:
    schema = scope.schema
    pairs = words.pairs()
    seen = look(cursor, schema, words.values, pairs, words.visitors)
    links = {
        key: link
        for key, link in words.links.items()
        if key not in seen.links or (link.at, link.key) < seen.links[key]
    }
    fresh = words.values.keys() - seen.owner.keys()
    if not add_names(cursor, scope, words.values, fresh):
        raise Moved
    seen.owner.update(dict.fromkeys(fresh))
    graph = _graph(cursor, schema, words, links, rules) if links else None
    lives = _lives(cursor, schema, {p for v in words.claims if (p := seen.owner.get(v)) is not None})
    intended = plan(events, words, seen, graph, rules, lives)
    if intended.owner or words.claims or graph is not None:
        inside = graph.kinds.keys() if graph is not None else set()
        lock_names(cursor, schema, {*inside, *intended.owner, *words.claims} - fresh)
    first_event: dict[int, int] = {}
    for event, profile in zip(events, intended.place, strict=True):
        if profile is not None:
            first_event.setdefault(intended.final(profile), event.claimed.id)
    existing = _existing(intended, seen, graph)
    drafts = load(cursor, scope, sorted(existing))
    if (
        len(drafts) < len(existing)
        or look(cursor, schema, words.values, pairs, words.visitors) != seen
        or (graph is not None and _graph(cursor, schema, words, links, rules) != graph)
        or _lives(cursor, schema, lives) != lives
    ):
        raise Moved
    real = make_profiles(cursor, schema, intended, first_event)
    if graph is not None:
        _write_links(cursor, schema, links, graph, intended)
    keep_claims(cursor, schema, words.claims)
    merged = carry_out(cursor, schema, intended, drafts, real)
    owner = {name: _real(intended, real, p) for name, p in intended.owner.items()}
    give_names(cursor, schema, owner)
    _note_addresses(cursor, scope, events, words, seen, owner)
    by_plan = {**drafts, **real}
    for merge in intended.merges:
        by_plan.pop(merge.gone, None)
    released = {
        name: max(said.values(), default=0)
        for name, said in words.claims.items()
        if name in owner and owner[name] is None
    }
    units = [*merged.units, *((name, by_plan[intended.final(p)].unit) for name, p in intended.claimed)]
    for position in intended.doubtful:
        events[position].doubtful = True
    doubtful = {merge.gone for merge in intended.merges if not merge.attach}
    place = []
    for event, number in zip(events, intended.place, strict=True):
        event.doubtful = event.doubtful or (number in doubtful)
        place.append(by_plan[intended.final(number)] if number is not None else None)
    sort = sorted({_real(intended, real, p) or 0 for p in intended.sort})
    split = [(_real(intended, real, a) or 0, _real(intended, real, b) or 0) for a, b in intended.split]
    return People(
        place,
        {d.id: d for d in by_plan.values()},
        merged.pairs,
        units,
        released,
        merged.consents,
        sort,
        split,
    )


def _graph(cursor: Cursor, schema: str, words: Words, links: dict[Pair, NewLink], rules: Rules) -> Graph:
    new = {key: Said(*key, link.at, link.key) for key, link in links.items()}
    kinds = {name: words.values[name][0] for key in links for name in key}
    return read_graph(cursor, schema, kinds, new, kinds, rules)


def _lives(cursor: Cursor, schema: str, profiles: set[int] | dict[int, Life]) -> dict[int, Life]:
    if not profiles:
        return {}
    rows = cursor.execute(
        f"""SELECT p.id, (extract(epoch FROM p.first_seen_at) * 1000000)::bigint,
                   (extract(epoch FROM p.last_seen_at) * 1000000)::bigint,
                   (SELECT count(*) FROM "{schema}".profiles_identifier i
                    WHERE i.profile_id = p.id AND i.kind IN ('user_id', 'anonymous_id'))
            FROM "{schema}".profiles_profile p WHERE p.id = ANY(%b::bigint[])""",
        [sorted(profiles)],
        binary=True,
    ).fetchall()
    return {profile: Life(first, last, names) for profile, first, last, names in rows}


def _existing(intended: Plan, seen: Seen, graph: Graph | None) -> set[int]:
    """Every profile that the plan touches."""
    found = {p for p in intended.place if p is not None} | intended.sort
    found |= {p for merge in intended.merges for p in (merge.gone, merge.kept)}
    found |= {p for pair in intended.split for p in pair} | {p for _, p in intended.claimed}
    found |= {p for p in seen.owner.values() if p is not None}
    if graph is not None:
        found |= set(graph.owner.values())
    return {intended.final(p) for p in found if intended.final(p) > 0} | {p for p in found if p > 0}


def _real(intended: Plan, real: dict[int, Draft], profile: int | None) -> int | None:
    if profile is None:
        return None
    final = intended.final(profile)
    return real[final].id if final < 0 else final


def _write_links(
    cursor: Cursor, schema: str, links: dict[Pair, NewLink], graph: Graph, intended: Plan
) -> None:
    large = {key for key in links if graph.too_large & set(key)}
    refused = {**intended.refused, **dict.fromkeys(large, SIZE)}
    users = {name for name, kind in graph.kinds.items() if kind == USER}
    keep_links(cursor, schema, links, refused, users)
    keep_reasons(cursor, schema, {key: refused.get(key, "") for key in graph.links if key not in large})


def _note_addresses(
    cursor: Cursor,
    scope: Scope,
    events: Sequence[Occurrence],
    words: Words,
    seen: Seen,
    owner: dict[bytes, int | None],
) -> None:
    """Rows for the addresses among the names that have got their first profile."""
    vouched = {blind for event in events if event.trusted for blind in event.values}
    vouched |= {name for key in words.links for name in key}
    made = [
        (name, profile)
        for name, profile in owner.items()
        if profile is not None and name in words.values and seen.owner.get(name) is None
    ]
    for source, trusted in ((SERVER, True), (BROWSER, False)):
        named = [(profile, *words.values[name]) for name, profile in made if (name in vouched) is trusted]
        note_identifiers(cursor, scope, named, source=source)
