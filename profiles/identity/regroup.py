"""Profiles made to follow the links anew, without an event: after staff separated them, or the rules changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import Cursor

from tenants import due
from tenants.scope import Scope

from ..ingest.store import QUEUE
from ..processing import versions
from ..processing.drafts import Draft, load, seal_traits, write
from ..processing.telling import tell_rebuilt
from ..processing.write import blinds_of
from ..traits.streaming import finish_states, kept_measures
from .graph import read_graph
from .history import Entry, note
from .merging import carry_out, make_profiles
from .plan import Plan, regroup
from .rebuild import rebuild
from .rules import USER, Rules
from .sorting import sort_out
from .store import Seen, give_names, keep_reasons, lock_names
from .words import Words


class Busy(Exception):
    """Events were changing the same identities; nothing was done, it may be tried again."""


@dataclass(frozen=True, slots=True)
class Regrouped:
    """`merged`: (gone, kept); `split`: (from, to); `rebuilt`: profiles made anew."""

    merged: tuple[tuple[int, int], ...]
    split: tuple[tuple[int, int], ...]
    rebuilt: tuple[int, ...]


def follow_links(
    cursor: Cursor,
    scope: Scope,
    names: Iterable[bytes],
    rules: Rules,
    *,
    own: Iterable[bytes] = (),
    what: str = "split",
) -> Regrouped:
    """Give the names, and everything that links or profiles connect with them, the profiles that follow from the links.

    `own`: visitors whom browsers called somebody, who get a profile of their own back. `what`: how the history calls it.
    In the caller's transaction, under the locks of a batch; subscribers are told in it. Raises `Busy`.
    """
    schema = scope.schema
    start, visitors = set(names), set(own)
    graph = read_graph(cursor, schema, start | visitors, {}, {}, rules)
    lock_names(cursor, schema, graph.kinds)
    drafts = load(cursor, scope, sorted(set(graph.owner.values())))
    if read_graph(cursor, schema, start | visitors, {}, {}, rules) != graph:
        raise Busy("These identities are being changed by events at this moment. Please try again.")
    seen = Seen(dict(graph.owner), {p for n, p in graph.owner.items() if graph.kinds[n] == USER})
    plan = Plan(seen, known=set(seen.known))
    regroup(plan, graph, Words(), rules)
    for visitor in sorted(visitors & graph.kinds.keys()):
        if plan.of(visitor) is None:
            plan.restore[plan.own(visitor)] = [visitor]
        plan.sort |= {p for p in (plan.of(visitor), *graph.claims.get(visitor, ())) if p is not None}
    real = make_profiles(cursor, schema, plan, {})
    drafts |= load(cursor, scope, sorted({p for p in plan.sort if p > 0} - drafts.keys()))
    merged = carry_out(cursor, schema, plan, drafts, real)
    give_names(cursor, schema, {name: _real(plan, real, profile) for name, profile in plan.owner.items()})
    keep_reasons(cursor, schema, {key: plan.refused.get(key, "") for key in graph.links})
    kept = [drafts[p] for p in {k for _, k in merged.pairs} if p in drafts]
    for draft in kept:
        draft.known_without_events()
    seal_traits(scope, kept)
    measures = kept_measures(cursor, schema)
    finish_states(cursor, schema, measures, kept, measures.days.today())
    write(cursor, scope, kept)
    sort = sorted({p for number in plan.sort if (p := _real(plan, real, number)) is not None})
    last = max((draft.version for draft in drafts.values()), default=0)
    cursor.execute(
        f'UPDATE "{schema}".profiles_profile SET version = greatest(version, %b) WHERE id = ANY(%b::bigint[])',
        [last, sort],
    )
    sorted_out = sort_out(cursor, scope, sort) if sort else {}
    if unsettled := [draft.id for draft in kept if draft.unsettled and draft.id not in sorted_out]:
        sorted_out |= rebuild(cursor, scope, unsettled)
    split = tuple(
        (a, b)
        for x, y in plan.split
        if (a := _real(plan, real, x)) and (b := _real(plan, real, y)) and a != b
    )
    note(cursor, schema, [Entry(what, kept_, other) for kept_, other in split])
    changed = {draft.id: draft for draft in (*kept, *sorted_out.values())}
    _tell(cursor, scope, changed, merged.pairs, merged.units, split, tuple(sorted_out))
    return Regrouped(tuple(merged.pairs), split, tuple(sorted_out))


def _real(plan: Plan, real: dict[int, Draft], profile: int | None) -> int | None:
    if profile is None:
        return None
    final = plan.final(profile)
    return real[final].id if final < 0 else final


def _tell(
    cursor: Cursor,
    scope: Scope,
    changed: dict[int, Draft],
    merged: list[tuple[int, int]],
    units: list[tuple[bytes, bytes]],
    split: tuple[tuple[int, int], ...],
    rebuilt: tuple[int, ...],
) -> None:
    """Subscribers now; Valkey when the tenant's events are looked at next, which is due at once."""
    if not changed:
        return
    tell_rebuilt(scope, changed, merged=merged, units=units, split=split, rebuilt=rebuilt)
    told = {blind: changed[p].version for blind, p in blinds_of(cursor, scope.schema, list(changed))}
    versions.write_note(cursor, scope.schema, told)
    due.mark_due(cursor, scope.tenant_id, QUEUE)
