"""States made anew from what is stored: events, interactions, traits. For new measures, unmerged shoppers and previews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from psycopg import Cursor

from tenants import vault
from tenants.crypto import Unreadable, unseal
from tenants.scope import Scope

from ..identity.traits import opened
from . import stored
from .states import Computed, Kept, Measures


def states_of(
    cursor: Cursor, scope: Scope, profile_ids: Sequence[int], measures: Measures, today: int
) -> dict[int, Computed]:
    """What each shopper's states of `measures` are by all that is stored of them; everybody is in the answer.

    The same functions as in the batch put the same events in. Hold the profiles' rows while it matters that nothing comes
    between. Events whose retention has ended, and those of erased people, are not in it.
    """
    found: dict[int, Computed] = {profile_id: {} for profile_id in profile_ids}
    if measures.by_event:
        for portion in stored.events(cursor, scope, profile_ids):
            for profile_id, event in portion:
                measures.note_event(found[profile_id], event)
    if measures.by_act:
        for line in stored.lines(cursor, scope.schema, profile_ids, measures):
            measures.note_line(found[line.profile_id], line, line.product, line, line.at)
    finish(cursor, scope, found, measures, today)
    return found


def finish(
    cursor: Cursor, scope: Scope, found: Mapping[int, Computed], measures: Measures, today: int
) -> None:
    """What traits say now, put in; what no window reaches, taken out."""
    if measures.of_traits:
        _note_traits(cursor, scope, list(found), measures.of_traits, found)
    for computed in found.values():
        measures.prune(computed, today)


def _note_traits(
    cursor: Cursor,
    scope: Scope,
    profile_ids: Sequence[int],
    measures: Iterable[Kept],
    found: Mapping[int, Computed],
) -> None:
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
            traits: dict[str, Any] = opened(unseal(key, bytes(sealed)))
        except Unreadable:
            continue
        for one in measures:
            one.project(found[profile_id], traits)


def rebuild_states(
    cursor: Cursor, scope: Scope, profile_ids: Sequence[int], measures: Measures, today: int
) -> None:
    """Write `states_of` onto the profiles, whose rows the caller holds; states of other measures stay."""
    if profile_ids and measures.kept:
        write_states(cursor, scope.schema, states_of(cursor, scope, profile_ids, measures, today), measures)


def write_states(cursor: Cursor, schema: str, made: Mapping[int, Computed], measures: Measures) -> None:
    """Put states of these measures in the place of those that the profiles have; the caller holds their rows."""
    cursor.execute(
        f"""UPDATE "{schema}".profiles_profile p SET computed = t.computed
            FROM (SELECT q.id, (q.computed - %s::text[]) || m.made::jsonb AS computed
                  FROM unnest(%s::bigint[], %s::text[]) AS m(id, made)
                  JOIN "{schema}".profiles_profile q ON q.id = m.id) AS t
            WHERE p.id = t.id AND p.computed <> t.computed""",
        [
            [one.key for one in measures.kept],
            list(made),
            [orjson.dumps(computed).decode() for computed in made.values()],
        ],
    )
