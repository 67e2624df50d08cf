"""Profiles made and merged: what the plan says, in the database. The caller holds the names and the profiles."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Cursor

from compliance import consent

from ..processing.addresses import move_addresses
from ..processing.drafts import Draft, fold
from .history import Entry, note
from .plan import Plan


@dataclass(slots=True)
class Merged:
    """`pairs`: (gone, kept) ids; `units`: the same of units; `consents`: profiles whose consents changed."""

    pairs: list[tuple[int, int]]
    units: list[tuple[bytes, bytes]]
    consents: list[int]


def make_profiles(
    cursor: Cursor, schema: str, intended: Plan, first_event: dict[int, int]
) -> dict[int, Draft]:
    """New profiles by their negative numbers. One that is merged within the batch is never made."""
    wanted = [number for number in intended.new if intended.final(number) == number]
    if not wanted:
        return {}
    before = _before(cursor, schema, intended, wanted)
    rows = []
    for again, numbers in ((False, [n for n in wanted if n not in before]), (True, sorted(before))):
        if not numbers:
            continue
        uuids = {before[n][1] if again else uuid.uuid4(): n for n in numbers}
        units = [before[n][2] if again else intended.new[n] for n in numbers]
        column, value = ("id, ", "id, ") if again else ("", "")
        ids = [before[n][0] for n in numbers] if again else [None] * len(numbers)
        found = cursor.execute(
            f"""INSERT INTO "{schema}".profiles_profile
                    ({column}uuid, unit, traits_sealed, features, counters, consent_personalisation, version,
                     first_seen_at, last_seen_at)
                SELECT {value}uuid, unit, '', '{{}}', '{{}}', {consent.default_sql("personalisation")}, 0, now(), now()
                FROM unnest(%b::uuid[], %b::bytea[], %b::bigint[]) AS t(uuid, unit, id) RETURNING uuid, id, unit""",
            [schema, list(uuids), units, ids],
            binary=True,
        ).fetchall()
        rows += [(uuids[key], key, profile_id, unit) for key, profile_id, unit in found]
    if before:
        cursor.execute(
            f'DELETE FROM "{schema}".profiles_merge WHERE gone_id = ANY(%b::bigint[])',
            [[gone for gone, _, _ in before.values()]],
        )
    # Versions start at the number of the event, so that no later life of an identifier repeats one (see versions).
    return {
        number: Draft(profile_id, key, unit, is_new=True, version=first_event.get(number, 1) - 1)
        for number, key, profile_id, unit in rows
    }


def _before(
    cursor: Cursor, schema: str, intended: Plan, wanted: Sequence[int]
) -> dict[int, tuple[int, uuid.UUID, bytes]]:
    """Of profiles that leave another one: (number, uuid, unit) that they had before they became part of it."""
    names = {name: number for number in wanted for name in intended.restore.get(number, ())}
    if not names:
        return {}
    rows = cursor.execute(
        f"""SELECT gone_unit, gone_id, gone_uuid FROM "{schema}".profiles_merge m WHERE gone_unit = ANY(%b::bytea[])
            AND NOT EXISTS (SELECT 1 FROM "{schema}".profiles_profile p WHERE p.id = m.gone_id) ORDER BY at""",
        [list(names)],
        binary=True,
    ).fetchall()
    found: dict[int, tuple[int, uuid.UUID, bytes]] = {}
    for unit, gone_id, gone_uuid in rows:
        found.setdefault(names[unit], (gone_id, gone_uuid, unit))
    return found


def carry_out(
    cursor: Cursor, schema: str, intended: Plan, drafts: dict[int, Draft], real: dict[int, Draft]
) -> Merged:
    """Give what merged profiles have to those that remain."""
    merged = Merged([], [], [])
    stored = [merge for merge in intended.merges if merge.gone > 0]
    for merge in intended.merges:
        target = intended.final(merge.kept)
        into = real[target] if target < 0 else drafts[target]
        if merge.gone > 0:
            fold(drafts[merge.gone], into, vouched=merge.attach)
            merged.pairs.append((merge.gone, into.id))
            merged.units.append((drafts[merge.gone].unit, into.unit))
        else:
            merged.units.append((intended.new[merge.gone], into.unit))
    if not stored:
        return merged
    gone, kept = [g for g, _ in merged.pairs], [k for _, k in merged.pairs]
    cursor.execute(
        f"""INSERT INTO "{schema}".profiles_merge AS m (gone_id, gone_uuid, gone_unit, kept_id, at)
            SELECT gone, uuid, unit, kept, now()
            FROM unnest(%b::bigint[], %b::uuid[], %b::bytea[], %b::bigint[]) AS t(gone, uuid, unit, kept)
            ON CONFLICT (gone_id) DO UPDATE SET kept_id = EXCLUDED.kept_id, at = EXCLUDED.at""",
        [gone, [drafts[g].uuid for g in gone], [drafts[g].unit for g in gone], kept],
    )
    _move_rows(cursor, schema, gone, kept)
    trust = [merge.attach for merge in stored]
    _move_names(cursor, schema, gone, kept, trust)
    move_addresses(cursor, schema, list(zip(gone, kept, trust, strict=True)))
    unvouched = [g for g, attach in zip(gone, trust, strict=True) if not attach]
    merged.consents = consent.merge(cursor, schema, merged.pairs, unvouched=unvouched)
    note(
        cursor,
        schema,
        [Entry("merged", k, g, m.event_id) for (g, k), m in zip(merged.pairs, stored, strict=True)],
    )
    cursor.execute(f'DELETE FROM "{schema}".profiles_profile WHERE id = ANY(%s)', [gone])
    return merged


def _move_rows(cursor: Cursor, schema: str, gone: Sequence[int], kept: Sequence[int]) -> None:
    for table in ("profiles_interaction", "profiles_event"):
        cursor.execute(
            f"""UPDATE "{schema}".{table} f SET profile_id = t.kept
                FROM unnest(%s::bigint[], %s::bigint[]) AS t(gone, kept) WHERE f.profile_id = t.gone""",
            [list(gone), list(kept)],
        )


def _move_names(
    cursor: Cursor, schema: str, gone: Sequence[int], kept: Sequence[int], attach: Sequence[bool]
) -> None:
    """Names go along where a trusted source said so; else they are nobody's."""
    cursor.execute(
        f"""UPDATE "{schema}".profiles_identifier i SET profile_id = CASE WHEN t.attach THEN t.kept END
            FROM unnest(%s::bigint[], %s::bigint[], %s::boolean[]) AS t(gone, kept, attach)
            WHERE i.profile_id = t.gone""",
        [list(gone), list(kept), list(attach)],
    )
