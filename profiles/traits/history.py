"""States made anew from what is stored: events, interactions, traits. For new measures, unmerged shoppers and previews."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg import Cursor

from tenants import vault
from tenants.crypto import Unreadable, unseal
from tenants.scope import Scope

from ..flags import NOT_COUNTED
from ..identity.traits import opened
from .states import Computed, Kept, Measures, kinds_of

PORTION = 2_000  # events opened at a time


@dataclass(slots=True)
class _Line:
    kind: int
    quantity: float
    value: float
    place: int
    channel: str
    category: str
    brand: str


def states_of(
    cursor: Cursor, scope: Scope, profile_ids: Sequence[int], measures: Measures, today: int
) -> dict[int, Computed]:
    """What each shopper's states of `measures` are by all that is stored of them; everybody is in the answer.

    The same functions as in the batch put the same events in. Hold the profiles' rows while it matters that nothing comes
    between. Events whose retention has ended, and those of erased people, are not in it.
    """
    found: dict[int, Computed] = {profile_id: {} for profile_id in profile_ids}
    if measures.by_event:
        for profile_id, event in _events(cursor, scope, profile_ids):
            measures.note_event(found[profile_id], event)
    if measures.by_act:
        _note_lines(cursor, scope.schema, profile_ids, measures, found)
    if measures.of_traits:
        _note_traits(cursor, scope, profile_ids, measures.of_traits, found)
    for computed in found.values():
        measures.prune(computed, today)
    return found


def _events(cursor: Cursor, scope: Scope, profile_ids: Sequence[int]) -> Iterator[tuple[int, Any]]:
    """(profile, event) of everything that was counted for these shoppers, in portions."""
    from ..processing.claim import Claimed
    from ..processing.decode import decode

    after: tuple[Any, int] = ("-infinity", 0)
    while True:
        rows = cursor.execute(
            f"""SELECT id, received_at, type, handle, payload, key_kind, profile_id FROM "{scope.schema}".profiles_event
                WHERE profile_id = ANY(%s::bigint[]) AND type IN (2, 3, 4) AND flags & {NOT_COUNTED} = 0
                    AND (received_at, id) > (%s::timestamptz, %s) ORDER BY received_at, id LIMIT {PORTION}""",
            [list(profile_ids), *after],
        ).fetchall()
        owner = {row[0]: row[6] for row in rows}
        claimed = [Claimed(r[0], r[1], r[2], bytes(r[3]), "", bytes(r[4]), r[5], 0) for r in rows]
        for event in decode(scope, claimed).events:
            yield owner[event.claimed.id], event
        if len(rows) < PORTION:
            return
        after = (rows[-1][1], rows[-1][0])


def _note_lines(
    cursor: Cursor, schema: str, profile_ids: Sequence[int], measures: Measures, found: dict[int, Computed]
) -> None:
    rows = cursor.execute(
        f"""SELECT i.profile_id, (extract(epoch FROM i.at) * 1000000)::bigint, i.kind, i.quantity, i.value, i.place,
                   i.channel, c.external_id, c.category, c.brand
            FROM "{schema}".profiles_interaction i JOIN "{schema}".catalog_item c ON c.id = i.item_id
            WHERE i.profile_id = ANY(%s::bigint[]) AND i.kind = ANY(%s::smallint[])""",
        [list(profile_ids), kinds_of(measures.kept)],
    )
    for profile_id, at, kind, quantity, value, place, channel, product, category, brand in rows:
        line = _Line(kind, quantity, value, place, channel, category.rpartition(" > ")[2], brand)
        measures.note_line(found[profile_id], line, product, line, at)


def _note_traits(
    cursor: Cursor,
    scope: Scope,
    profile_ids: Sequence[int],
    measures: Iterable[Kept],
    found: dict[int, Computed],
) -> None:
    for profile_id, traits in _traits(cursor, scope, profile_ids):
        for one in measures:
            one.project(found[profile_id], traits)


def _traits(cursor: Cursor, scope: Scope, profile_ids: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = cursor.execute(
        f"""SELECT id, uuid, traits_sealed FROM "{scope.schema}".profiles_profile
            WHERE id = ANY(%s::bigint[]) AND traits_sealed <> ''""",
        [list(profile_ids)],
    ).fetchall()
    keys = vault.existing_person_keys(scope.tenant_id, {row[1].bytes for row in rows})
    for profile_id, uuid, sealed in rows:
        key = keys.get(uuid.bytes)
        if key is None:
            continue
        try:
            yield profile_id, opened(unseal(key, bytes(sealed)))
        except Unreadable:
            continue


def rebuild_states(
    cursor: Cursor, scope: Scope, profile_ids: Sequence[int], measures: Measures, today: int
) -> None:
    """Write `states_of` onto the profiles, whose rows the caller holds; states of other measures stay."""
    if not profile_ids or not measures.kept:
        return
    made = states_of(cursor, scope, profile_ids, measures, today)
    cursor.execute(
        f"""UPDATE "{scope.schema}".profiles_profile p SET computed = t.computed
            FROM (SELECT q.id, (q.computed - %s::text[]) || m.made::jsonb AS computed
                  FROM unnest(%s::bigint[], %s::text[]) AS m(id, made)
                  JOIN "{scope.schema}".profiles_profile q ON q.id = m.id) AS t
            WHERE p.id = t.id AND p.computed <> t.computed""",
        [
            [one.key for one in measures.kept],
            list(made),
            [orjson.dumps(computed).decode() for computed in made.values()],
        ],
    )
