"""Events and facts given to whom they belong by now: after a split, a late word of a browser, or a change of rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from psycopg import Cursor

from compliance import consent
from tenants.scope import Scope

from ..processing.consents import project
from ..processing.decode import origin_of
from ..processing.drafts import Draft, load
from .claims import Claimed, claimant
from .opening import open_words
from .rebuild import rebuild
from .rules import USER
from .stored import events_of, facts_of, move_events, move_facts, names_of, too_many
from .traits import Traits

# Of everybody who is sorted out together: what a transaction of a worker has time for, with room to spare.
MOST_EVENTS = 60_000


class TooMuch(Exception):
    """There are more events than can be given to whom they belong in one transaction: `events` at least, of `profiles`."""

    def __init__(self, events: int, profiles: Sequence[int]) -> None:
        super().__init__(
            f"There are {events:,} events or more, and {MOST_EVENTS:,} at most can be given back at once."
        )
        self.events, self.profiles = events, list(profiles)


@dataclass(slots=True)
class Owners:
    """Whose each name is now; `claims`: what browsers said of visitors. `by_origin`: names as interactions note them."""

    owner: dict[bytes, int] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    claims: dict[bytes, list[Claimed]] = field(default_factory=dict)
    by_origin: dict[int, bytes] = field(default_factory=dict)
    users: set[bytes] = field(default_factory=set)

    def of(self, name: bytes, at: int) -> tuple[int | None, bool]:
        """The profile of what came under `name` at `at`, and whether by a browser's word alone; None: nobody's."""
        profile = self.owner.get(name)
        if name in self.users or (profile is not None and profile in self.known):
            return profile, False
        shopper = claimant(self.claims.get(name, ()), at)
        if shopper is not None and shopper in self.owner:
            return self.owner[shopper], True
        return profile, False


def sort_out(cursor: Cursor, scope: Scope, profile_ids: Sequence[int]) -> dict[int, Draft]:
    """Give what these profiles have to whom it belongs by the names, links and claims on record, and make all anew.

    The caller holds the names. Returns the drafts of the profiles concerned, written. What names nobody any more stays.
    Events are opened in portions, once to see whose they are and once to count them. Raises `TooMuch`.
    """
    held = load(cursor, scope, sorted(set(profile_ids)))
    _refuse_too_much(cursor, scope.schema, held)
    owners = read_owners(cursor, scope.schema, names_of(cursor, scope.schema, list(held)), list(held))
    others = _move(cursor, scope, owners, list(held)) - held.keys()
    if others:
        # Theirs too is made anew, of what they had and what they were given.
        held |= load(cursor, scope, sorted(others))
        _refuse_too_much(cursor, scope.schema, held)
        owners = read_owners(cursor, scope.schema, names_of(cursor, scope.schema, list(held)), list(held))
    _sort_consents(cursor, scope, owners, held)
    words = _sort_words(scope, held, owners)
    return rebuild(
        cursor,
        scope,
        list(held),
        words=words,
        doubtful=lambda event: owners.of(event.origin, event.at)[1],
    )


def _refuse_too_much(cursor: Cursor, schema: str, held: Mapping[int, Draft]) -> None:
    count = too_many(cursor, schema, list(held), MOST_EVENTS)
    if count:
        raise TooMuch(count, list(held))


def _move(cursor: Cursor, scope: Scope, owners: Owners, profile_ids: Sequence[int]) -> set[int]:
    """Give events and facts to whom they belong; to whom something went."""
    given: set[int] = set()
    for events in events_of(cursor, scope, profile_ids):
        moved = []
        for one in events:
            to, _ = owners.of(one.event.origin, one.event.at)
            if to is not None and to != one.profile:
                moved.append((one, to))
        move_events(cursor, scope.schema, moved)
        given |= {to for _, to in moved}
    for facts in facts_of(cursor, scope, profile_ids):
        changed = []
        for fact in facts:
            name = owners.by_origin.get(fact.origin)
            target = owners.of(name, fact.at)[0] if name is not None else None
            if target is not None and target != fact.profile:
                changed.append((fact, target))
        move_facts(cursor, scope.schema, changed)
        given |= {target for _, target in changed}
    return given


def read_owners(cursor: Cursor, schema: str, names: set[bytes], profile_ids: Sequence[int]) -> Owners:
    """Of the names, of those of the profiles, and of the visitors whom browsers called one of these."""
    rows = cursor.execute(
        f"""WITH mine AS (
                SELECT blind FROM "{schema}".profiles_identifier WHERE profile_id = ANY(%b::bigint[])
            ), asked AS (
                SELECT unnest(%b::bytea[]) AS blind UNION SELECT blind FROM mine
                UNION SELECT c.visitor FROM "{schema}".profiles_claim c JOIN mine m ON m.blind = c.shopper
            ), wanted AS (
                SELECT blind FROM asked
                UNION SELECT c.shopper FROM "{schema}".profiles_claim c JOIN asked a ON a.blind = c.visitor
            )
            SELECT i.blind, i.kind, i.profile_id, i.profile_id IS NOT NULL AND EXISTS (
                SELECT 1 FROM "{schema}".profiles_identifier k
                WHERE k.profile_id = i.profile_id AND k.kind = 'user_id')
            FROM wanted w JOIN "{schema}".profiles_identifier i ON i.blind = w.blind""",
        [list(profile_ids), sorted(names - {b""})],
        binary=True,
    ).fetchall()
    owners = Owners()
    for blind, kind, profile, known in rows:
        owners.by_origin[origin_of(blind)] = blind
        if kind == USER:
            owners.users.add(blind)
        if profile is not None:
            owners.owner[blind] = profile
            if known:
                owners.known.add(profile)
    for visitor, shopper, at, key in cursor.execute(
        f"""SELECT c.visitor, c.shopper, c.at, c.key FROM "{schema}".profiles_claim c
            WHERE c.visitor = ANY(%b::bytea[]) AND NOT EXISTS (
                SELECT 1 FROM "{schema}".profiles_cut x WHERE x.a = least(c.visitor, c.shopper)
                    AND x.b = greatest(c.visitor, c.shopper) AND x.undone_at IS NULL)""",
        [[row[0] for row in rows]],
        binary=True,
    ).fetchall():
        owners.claims.setdefault(visitor, []).append(Claimed(at, key, shopper))
    return owners


def _sort_words(scope: Scope, held: Mapping[int, Draft], owners: Owners) -> dict[int, Traits]:
    """The traits of each profile: every word of all of them, with whom the name belongs under which it was said."""
    found = {profile: Traits() for profile in held}
    for draft, words in open_words(scope, held.values()):
        for place, said in words.said.items():
            name = bytes.fromhex(place.rstrip("?"))
            for trait, word in said.items():
                to, doubtful = (
                    owners.of(name, word[1]) if name in owners.by_origin.values() else (None, False)
                )
                into = found.get(to if to is not None else draft.id, found[draft.id])
                if doubtful:
                    into.fold(Traits({place: {trait: word}}), trusted=False)
                else:
                    into.add(place, {trait: word})
    return found


def _sort_consents(cursor: Cursor, scope: Scope, owners: Owners, held: Mapping[int, Draft]) -> None:
    """Words on consent go with the name under which they were said; what holds is told from the history anew."""

    def whose(origin: int, at: int) -> tuple[int | None, bool]:
        name = owners.by_origin.get(origin)
        return owners.of(name, at) if name is not None else (None, False)

    moved = consent.give_back(cursor, scope.schema, list(held), whose)
    if moved:
        project(cursor, scope.schema, sorted(moved))
