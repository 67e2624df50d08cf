"""Names, links and claims in the database: what is on record for a batch, and what it adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from psycopg import Cursor

from tenants import vault
from tenants.crypto import seal
from tenants.scope import Scope

from .claims import Claimed
from .partition import Pair
from .rules import DEFAULT, JOINING, Rules, parse_text
from .words import NewLink


def read_rules(cursor: Cursor, schema: str) -> Rules:
    """The tenant's rules. Whoever changes them waits until the caller's transaction is over (see identity.settings)."""
    row = cursor.execute(
        f"""SELECT pg_advisory_xact_lock_shared(hashtext(%b)),
                   (SELECT definition::text FROM "{schema}".profiles_identityrules ORDER BY id LIMIT 1)""",
        [f"{schema}:identity-rules"],
        prepare=True,
    ).fetchone()
    return parse_text(row[1]) if row and row[1] else DEFAULT


@dataclass(slots=True)
class Seen:
    """What is on record. `owner`: name → profile, None for nobody's. `known`: profiles that have a user id.

    `links`: the asked pairs → (at, key). `claims`: visitor → who browsers said they are. `shopper`: their profiles.
    `cuts`: those of the asked pairs that staff has separated.
    """

    owner: dict[bytes, int | None] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    links: dict[Pair, tuple[int, bytes]] = field(default_factory=dict)
    claims: dict[bytes, list[Claimed]] = field(default_factory=dict)
    shopper: dict[bytes, int | None] = field(default_factory=dict)
    cuts: set[Pair] = field(default_factory=set)


def look(
    cursor: Cursor, schema: str, blinds: Iterable[bytes], pairs: Iterable[Pair], visitors: Mapping[bytes, int]
) -> Seen:
    """One query for a batch's names, the pairs that it links or claims, and claims of its visitors since a time each."""
    columns = list(zip(*sorted(pairs), strict=True)) or [(), ()]
    rows = cursor.execute(
        f"""SELECT 0::int2, i.blind, NULL::bytea, i.profile_id, i.profile_id IS NOT NULL AND EXISTS (
                SELECT 1 FROM "{schema}".profiles_identifier k
                WHERE k.profile_id = i.profile_id AND k.kind = 'user_id'), 0::int8, NULL::bytea
            FROM "{schema}".profiles_identifier i WHERE i.blind = ANY(%b::bytea[])
            UNION ALL
            SELECT 1, l.a, l.b, NULL, false, l.at, l.key FROM unnest(%b::bytea[], %b::bytea[]) AS t(a, b)
            JOIN "{schema}".profiles_link l ON l.a = t.a AND l.b = t.b
            UNION ALL
            SELECT 2, c.visitor, c.shopper, i.profile_id, true, c.at, c.key
            FROM unnest(%b::bytea[], %b::bigint[]) AS t(visitor, since)
            JOIN "{schema}".profiles_claim c ON c.visitor = t.visitor AND c.at >= t.since
            JOIN "{schema}".profiles_identifier i ON i.blind = c.shopper AND i.profile_id IS NOT NULL
            WHERE NOT EXISTS (
                SELECT 1 FROM "{schema}".profiles_cut x WHERE x.a = least(c.visitor, c.shopper)
                    AND x.b = greatest(c.visitor, c.shopper) AND x.undone_at IS NULL)
            UNION ALL
            SELECT 3, x.a, x.b, NULL, false, 0, NULL FROM unnest(%b::bytea[], %b::bytea[]) AS t(a, b)
            JOIN "{schema}".profiles_cut x ON x.a = t.a AND x.b = t.b AND x.undone_at IS NULL""",
        [list(blinds), *map(list, columns), list(visitors), list(visitors.values()), *map(list, columns)],
        binary=True,
        prepare=True,
    ).fetchall()
    seen = Seen()
    for what, one, other, profile, known, at, key in rows:
        if what == 0:
            seen.owner[one] = profile
            if known:
                seen.known.add(profile)
        elif what == 1:
            seen.links[one, other] = (at, key)
        elif what == 2:
            seen.claims.setdefault(one, []).append(Claimed(at, key, other))
            seen.shopper[other] = profile
            if profile is not None:
                seen.known.add(profile)
        else:
            seen.cuts.add((one, other))
    for claims in seen.claims.values():
        claims.sort()
    return seen


def add_names(
    cursor: Cursor, scope: Scope, values: Mapping[bytes, tuple[str, str]], new: Iterable[bytes]
) -> bool:
    """Store names that are not on record, nobody's yet; False when somebody else was faster for one of them.

    Addresses only join: what they are stands in the traits of those whom they join, and not here a second time.
    """
    blinds = sorted(new)
    if not blinds:
        return True
    sealed = {blind for blind in blinds if values[blind][0] not in JOINING}
    keys = vault.existing_person_keys(scope.tenant_id, sealed)
    if len(keys) < len(sealed):
        keys.update(vault.person_keys(scope.tenant_id, sealed - keys.keys()))
    cursor.execute(
        f"""INSERT INTO "{scope.schema}".profiles_identifier (profile_id, kind, blind, value_sealed, created_at)
            SELECT NULL, kind, blind, sealed, now()
            FROM unnest(%b::text[], %b::bytea[], %b::bytea[]) AS t(kind, blind, sealed)
            ORDER BY blind ON CONFLICT (blind) DO NOTHING""",
        [
            [values[b][0] for b in blinds],
            blinds,
            [seal(keys[b], values[b][1].encode()) if b in sealed else b"" for b in blinds],
        ],
    )
    return cursor.rowcount == len(blinds)


def lock_names(cursor: Cursor, schema: str, blinds: Iterable[bytes]) -> None:
    """Hold names that are on record, in their order; before any profile is locked."""
    wanted = sorted(set(blinds))
    if wanted:
        cursor.execute(
            f"""SELECT 1 FROM "{schema}".profiles_identifier WHERE blind = ANY(%b::bytea[])
                ORDER BY blind FOR UPDATE""",
            [wanted],
        )


def give_names(cursor: Cursor, schema: str, owner: Mapping[bytes, int | None]) -> None:
    """Make the names the profiles' (None: nobody's)."""
    if owner:
        cursor.execute(
            f"""UPDATE "{schema}".profiles_identifier i SET profile_id = t.profile_id
                FROM unnest(%b::bytea[], %b::bigint[]) AS t(blind, profile_id) WHERE i.blind = t.blind""",
            [list(owner), list(owner.values())],
        )


def keep_links(
    cursor: Cursor,
    schema: str,
    links: Mapping[Pair, NewLink],
    refused: Mapping[Pair, str],
    users: set[bytes],
) -> None:
    """Write links; one that is on record keeps its earliest moment. `users`: which of the names are user ids."""
    if not links:
        return
    rows = sorted(links.items())
    cursor.execute(
        f"""INSERT INTO "{schema}".profiles_link AS l (a, b, at, key, by_user, event_id, how, refused)
            SELECT * FROM unnest(%b::bytea[], %b::bytea[], %b::bigint[], %b::bytea[], %b::boolean[], %b::bigint[],
                                 %b::text[], %b::text[])
            ON CONFLICT (a, b) DO UPDATE SET at = EXCLUDED.at, key = EXCLUDED.key, event_id = EXCLUDED.event_id,
                how = EXCLUDED.how WHERE (EXCLUDED.at, EXCLUDED.key) < (l.at, l.key)""",
        [
            [a for (a, _), _ in rows],
            [b for (_, b), _ in rows],
            [link.at for _, link in rows],
            [link.key for _, link in rows],
            [a in users or b in users for (a, b), _ in rows],
            [link.event_id for _, link in rows],
            [link.how for _, link in rows],
            [refused.get(pair, "") for pair, _ in rows],
        ],
    )


def keep_reasons(cursor: Cursor, schema: str, reasons: Mapping[Pair, str]) -> None:
    """Note on links whether they unite somebody, and why not."""
    if not reasons:
        return
    rows = sorted(reasons.items())
    cursor.execute(
        f"""UPDATE "{schema}".profiles_link l SET refused = t.why
            FROM unnest(%b::bytea[], %b::bytea[], %b::text[]) AS t(a, b, why)
            WHERE l.a = t.a AND l.b = t.b AND l.refused <> t.why""",
        [[a for (a, _), _ in rows], [b for (_, b), _ in rows], [why for _, why in rows]],
    )


def keep_claims(cursor: Cursor, schema: str, claims: Mapping[bytes, Mapping[Claimed, int]]) -> None:
    rows = sorted(
        (visitor, claim, event) for visitor, said in claims.items() for claim, event in said.items()
    )
    if not rows:
        return
    cursor.execute(
        f"""INSERT INTO "{schema}".profiles_claim (visitor, shopper, at, key, event_id)
            SELECT * FROM unnest(%b::bytea[], %b::bytea[], %b::bigint[], %b::bytea[], %b::bigint[])
            ON CONFLICT (visitor, at, key) DO NOTHING""",
        [
            [visitor for visitor, _, _ in rows],
            [claim.shopper for _, claim, _ in rows],
            [claim.at for _, claim, _ in rows],
            [claim.key for _, claim, _ in rows],
            [event for _, _, event in rows],
        ],
    )
