"""The plan of processing.identity made true in the database, under locks, in an order that can't deadlock.

Order of locks, the same in every worker: new identifiers (by blind index), then profiles (by id), then everything
else. A worker that waits for an identifier holds no profile; one that waits for a profile waits for a worker that
holds all of its own. (The foreign key of an identifier is checked at commit, when its profile is locked anyway.)
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Cursor

from compliance import consent
from tenants import vault
from tenants.crypto import seal
from tenants.scope import Scope

from .addresses import BROWSER, SERVER, move_addresses, note_identifiers
from .decode import Occurrence
from .drafts import Draft, fold, load
from .identity import Plan, plan

_TRIES = 5


class Moved(Exception):
    """Somebody else changed these identities meanwhile: look again."""


@dataclass(slots=True)
class People:
    """`place[i]`: draft of event i, or None. `drafts`: the profiles that remain, by id.

    `merged`: (gone, kept) ids; `units`: the same of units, also of visitors who never had a profile. `released`:
    identifiers that are nobody's any more → the event that released them. `consents`: profiles whose consents a merge
    changed.
    """

    place: list[Draft | None]
    drafts: dict[int, Draft]
    merged: list[tuple[int, int]]
    units: list[tuple[bytes, bytes]]
    released: dict[bytes, int]
    consents: list[int]


def resolve(cursor: Cursor, scope: Scope, events: Sequence[Occurrence]) -> People:
    """Find or make the profiles of `events`, lock them, and carry out merges.

    Raises `Moved` when other workers kept changing the same identities.
    """
    for _ in range(_TRIES):
        cursor.execute("SAVEPOINT people")
        try:
            people = _resolve(cursor, scope, events)
        except Moved:
            cursor.execute("ROLLBACK TO SAVEPOINT people")
            continue
        cursor.execute("RELEASE SAVEPOINT people")
        return people
    raise Moved(f"identities of {len(events)} events kept changing")


def _resolve(cursor: Cursor, scope: Scope, events: Sequence[Occurrence]) -> People:
    values: dict[bytes, tuple[str, str]] = {}
    first_event: dict[int, int] = {}
    for event in events:
        values.update(event.values)
    asked = list(values.keys() | {e.previous_user for e in events if e.previous_user is not None})
    owner, known = _owners(cursor, scope.schema, asked)
    intended = plan(events, owner, known)
    for event, profile in zip(events, intended.place, strict=True):
        if profile is not None:
            first_event.setdefault(intended.final(profile), event.claimed.id)
    unvouched = {merge.gone for merge in intended.merges if not merge.attach}
    for event, profile in zip(events, intended.place, strict=True):
        event.doubtful = profile is not None and not unvouched.isdisjoint(intended.through(profile))
    real = _make_profiles(cursor, scope.schema, intended, first_event)
    made = _make_identifiers(cursor, scope, intended, owner, values, {n: d.id for n, d in real.items()})
    existing = sorted(set(owner.values()))
    drafts = load(cursor, scope, existing)
    if len(drafts) < len(existing) or _unlike(cursor, scope.schema, owner, known):
        raise Moved
    vouched = {blind for event in events if event.trusted for blind in event.values}
    for source, trusted in ((SERVER, True), (BROWSER, False)):
        named = [(profile, *values[blind]) for profile, blind in made if (blind in vouched) is trusted]
        note_identifiers(cursor, scope, named, source=source)
    consents = _merge(cursor, scope.schema, intended, drafts, real)
    released = _move_identifiers(cursor, scope.schema, intended, owner, real)
    by_plan = {**drafts, **real}
    merged, units = [], []
    for merge in intended.merges:
        kept = by_plan[intended.final(merge.kept)]
        if merge.gone > 0:
            merged.append((merge.gone, kept.id))
            units.append((drafts[merge.gone].unit, kept.unit))
            del by_plan[merge.gone]
        else:
            units.append((intended.unit[merge.gone], kept.unit))
    units += [(visitor, by_plan[intended.final(shopper)].unit) for visitor, shopper in intended.claimed]
    place = [by_plan[intended.final(p)] if p is not None else None for p in intended.place]
    return People(place, {d.id: d for d in by_plan.values()}, merged, units, released, consents)


def _owners(cursor: Cursor, schema: str, blinds: list[bytes]) -> tuple[dict[bytes, int], set[int]]:
    """Identifier → profile, and which of these profiles have a user id."""
    rows = cursor.execute(
        f"""SELECT i.blind, i.profile_id, EXISTS (
                SELECT 1 FROM "{schema}".profiles_identifier k
                WHERE k.profile_id = i.profile_id AND k.kind = 'user_id')
            FROM "{schema}".profiles_identifier i WHERE i.blind = ANY(%b::bytea[])""",
        [blinds],
        binary=True,
        prepare=True,
    ).fetchall()
    return {blind: profile for blind, profile, _ in rows}, {profile for _, profile, known in rows if known}


def _unlike(cursor: Cursor, schema: str, owner: dict[bytes, int], known: set[int]) -> bool:
    # Known profiles may have become more because this batch has just given one its user id.
    now, known_now = _owners(cursor, schema, list(owner))
    return now != owner or not known <= known_now


def _make_profiles(
    cursor: Cursor, schema: str, intended: Plan, first_event: dict[int, int]
) -> dict[int, Draft]:
    """New profiles by their negative ids. One that is merged within the batch is never made."""
    wanted = [number for number in intended.new if intended.final(number) == number]
    if not wanted:
        return {}
    uuids = {uuid.uuid4(): number for number in wanted}
    units = [intended.unit[number] for number in wanted]
    rows = cursor.execute(
        f"""INSERT INTO "{schema}".profiles_profile
                (uuid, unit, traits_sealed, features, counters, consent_personalisation, version, first_seen_at,
                 last_seen_at)
            SELECT uuid, unit, '', '{{}}', '{{}}', {consent.default_sql("personalisation")}, 0, now(), now()
            FROM unnest(%b::uuid[], %b::bytea[]) AS t(uuid, unit) RETURNING uuid, id""",
        [schema, list(uuids), units],
        binary=True,
    ).fetchall()
    # Versions start at the number of the event, so that no later life of an identifier repeats one (see versions).
    return {
        uuids[key]: Draft(
            profile_id,
            key,
            intended.unit[uuids[key]],
            is_new=True,
            version=first_event.get(uuids[key], 1) - 1,
        )
        for key, profile_id in rows
    }


def _make_identifiers(
    cursor: Cursor,
    scope: Scope,
    intended: Plan,
    owner: dict[bytes, int],
    values: dict[bytes, tuple[str, str]],
    real: dict[int, int],
) -> list[tuple[int, bytes]]:
    """Store what is new, with keys; (profile, identifier) of each."""
    new = sorted(b for b, profile in intended.owner.items() if profile is not None and b not in owner)
    if not new:
        return []
    keys = vault.existing_person_keys(scope.tenant_id, new)
    if len(keys) < len(new):
        keys.update(vault.person_keys(scope.tenant_id, set(new) - keys.keys()))
    owners = [real.get(p, p) for b in new if (p := intended.owner[b]) is not None]
    cursor.execute(
        f"""INSERT INTO "{scope.schema}".profiles_identifier (profile_id, kind, blind, value_sealed, created_at)
            SELECT profile_id, kind, blind, sealed, now()
            FROM unnest(%b::bigint[], %b::text[], %b::bytea[], %b::bytea[]) AS t(profile_id, kind, blind, sealed)
            ORDER BY blind ON CONFLICT (blind) DO NOTHING""",
        [
            owners,
            [values[b][0] for b in new],
            new,
            [seal(keys[b], values[b][1].encode()) for b in new],
        ],
    )
    if cursor.rowcount < len(new):
        raise Moved
    return list(zip(owners, new, strict=True))


def _merge(
    cursor: Cursor, schema: str, intended: Plan, drafts: dict[int, Draft], real: dict[int, Draft]
) -> list[int]:
    """Give what merged profiles have to those that remain, and of these, whose consents changed."""
    stored = [merge for merge in intended.merges if merge.gone > 0]
    if not stored:
        return []
    gone, kept = [], []
    for merge in stored:
        target = intended.final(merge.kept)
        into = real[target] if target < 0 else drafts[target]
        fold(drafts[merge.gone], into)
        gone.append(merge.gone)
        kept.append(into.id)
    cursor.execute(
        f"""INSERT INTO "{schema}".profiles_merge (gone_id, gone_uuid, gone_unit, kept_id, at)
            SELECT gone, uuid, unit, kept, now()
            FROM unnest(%b::bigint[], %b::uuid[], %b::bytea[], %b::bigint[]) AS t(gone, uuid, unit, kept)
            ON CONFLICT (gone_id) DO NOTHING""",
        [gone, [drafts[g].uuid for g in gone], [drafts[g].unit for g in gone], kept],
    )
    for table in ("profiles_interaction", "profiles_event"):
        cursor.execute(
            f"""UPDATE "{schema}".{table} f SET profile_id = t.kept
                FROM unnest(%s::bigint[], %s::bigint[]) AS t(gone, kept) WHERE f.profile_id = t.gone""",
            [gone, kept],
        )
    attached = [(g, k) for g, k, m in zip(gone, kept, stored, strict=True) if m.attach]
    cursor.execute(
        f"""UPDATE "{schema}".profiles_identifier i SET profile_id = t.kept
            FROM unnest(%s::bigint[], %s::bigint[]) AS t(gone, kept) WHERE i.profile_id = t.gone""",
        [[g for g, _ in attached], [k for _, k in attached]],
    )
    move_addresses(cursor, schema, [(g, k, m.attach) for g, k, m in zip(gone, kept, stored, strict=True)])
    unvouched = [g for g, m in zip(gone, stored, strict=True) if not m.attach]
    return consent.merge(cursor, schema, list(zip(gone, kept, strict=True)), unvouched=unvouched)


def _move_identifiers(
    cursor: Cursor, schema: str, intended: Plan, owner: dict[bytes, int], real: dict[int, Draft]
) -> dict[bytes, int]:
    """Give released identifiers their new profile, delete those without one, then the merged profiles."""
    gone = {merge.gone: merge.event_id for merge in intended.merges if merge.gone > 0}
    if not gone:
        return {}
    moved = {b: p for b, p in intended.owner.items() if b in owner and p is not None and p != owner[b]}
    if moved:
        cursor.execute(
            f"""UPDATE "{schema}".profiles_identifier i SET profile_id = t.profile_id
                FROM unnest(%b::bytea[], %b::bigint[]) AS t(blind, profile_id) WHERE i.blind = t.blind""",
            [list(moved), [real[p].id if p < 0 else p for p in moved.values()]],
        )
    rows = cursor.execute(
        f"""DELETE FROM "{schema}".profiles_identifier WHERE profile_id = ANY(%b::bigint[])
            RETURNING blind, profile_id""",
        [list(gone)],
        binary=True,
    ).fetchall()
    cursor.execute(f'DELETE FROM "{schema}".profiles_profile WHERE id = ANY(%s)', [list(gone)])
    return {blind: gone[profile] for blind, profile in rows}
