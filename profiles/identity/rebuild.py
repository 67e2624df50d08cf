"""Profiles made anew from what is stored of them, by the functions that made them the first time.

Facts that no stored event explains (history imports, events whose retention has ended) count by their rows; traits are
kept with the identifier that they were said under. So nothing is lost that was not lost already, and a profile that is
taken apart is what it would have been had its parts never met.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

from psycopg import Cursor

from tenants.scope import Scope

from ..days import Calendar
from ..features import buckets, habits, sessions
from ..features.kinds import COUNTS
from ..models import Interaction
from ..processing.apply import apply_events, daypart, note_taste, read_facts
from ..processing.drafts import Draft, load, seal_traits, write
from ..processing.items import Known, Standing, look_up, standing
from ..traits.history import rebuild_states
from ..traits.streaming import kept_measures
from .addresses import restate_addresses
from .order_rows import forget_rows, robots_rows, settle_orders
from .stored import StoredEvent, StoredFact, events_of, facts_of
from .traits import Traits


def rebuild(
    cursor: Cursor,
    scope: Scope,
    profile_ids: Sequence[int],
    *,
    words: Mapping[int, Traits] | None = None,
    events: Sequence[StoredEvent] | None = None,
    facts: Sequence[StoredFact] | None = None,
) -> dict[int, Draft]:
    """Make features, counters, computed traits, traits and addresses of these profiles anew; the drafts, as written.

    Events stay as they are; so do interactions, but for the lines of orders that later events changed, and for what events
    made that are a robot's by now. Versions move, so stored answers end. The caller's
    transaction holds the profiles afterwards. `words`, `events`, `facts`: when the caller has them already.
    """
    drafts = load(cursor, scope, sorted(set(profile_ids)))
    if not drafts:
        return {}
    schema = scope.schema
    events = events_of(cursor, scope, list(drafts)) if events is None else events
    facts = facts_of(cursor, scope, list(drafts)) if facts is None else facts
    for draft in drafts.values():
        _empty(draft)
        if words is not None:
            draft.traits_sealed = b""
            draft.words = words.get(draft.id, Traits())
    measures = kept_measures(cursor, schema)
    count(cursor, scope, drafts, events, facts, measures.days)
    for draft in drafts.values():
        draft.traits_changed = True
        if draft.first_seen is None:
            draft.first_seen, draft.last_seen = draft.before
    made = list(drafts.values())
    seal_traits(scope, made)
    write(cursor, scope, made)
    restate_addresses(cursor, scope, made)
    rebuild_states(cursor, scope, list(drafts), measures, measures.days.today())
    return drafts


def count(
    cursor: Cursor,
    scope: Scope,
    drafts: Mapping[int, Draft],
    events: Sequence[StoredEvent],
    facts: Sequence[StoredFact],
    days: Calendar,
) -> None:
    """Put what is stored of these profiles onto their drafts, which know nothing yet.

    Rows of orders that were changed, and of robots, are corrected on the way.
    """
    schema, today = scope.schema, days.today()
    counted = [one for one in events if one.counted and one.profile in drafts]
    if settle_orders(cursor, schema, counted, facts):
        facts = facts_of(cursor, scope, list(drafts))
    lines, bad = read_facts([one.event for one in counted])
    items = look_up(cursor, schema, {fact.item_id for each in lines for fact in each})
    ranks = standing(schema)
    place = [drafts[one.profile] if number not in bad else None for number, one in enumerate(counted)]
    apply_events(scope, [one.event for one in counted], place, lines, items, ranks, today, days=days)
    explained = Counter(
        (one.profile, items[line.item_id].pk, line.kind, one.event.at)
        for one, each in zip(counted, lines, strict=True)
        for line in each
        if line.item_id in items
    )
    left = _unexplained(facts, explained)
    robots = robots_rows(cursor, schema, (one for one in events if one.robot), left)
    forget_rows(cursor, schema, robots)
    _apply_rows(cursor, schema, drafts, [fact for fact in left if fact.id not in robots], ranks, days)


def _empty(draft: Draft) -> None:
    draft.before = (draft.first_seen, draft.last_seen)
    draft.first_seen = draft.last_seen = None
    draft.features, draft.counters = {}, {}
    draft.version += 1
    draft.touched = True


def _unexplained(
    facts: Sequence[StoredFact], explained: Counter[tuple[int, int, int, int]]
) -> list[StoredFact]:
    left = []
    for fact in facts:
        key = (fact.profile, fact.item_pk, fact.kind, fact.at)
        if explained[key] > 0:
            explained[key] -= 1
        else:
            left.append(fact)
    return left


def _apply_rows(
    cursor: Cursor,
    schema: str,
    drafts: Mapping[int, Draft],
    left: Sequence[StoredFact],
    ranks: Standing,
    days: Calendar,
) -> None:
    """Count the facts that no stored event explains."""
    left = [fact for fact in left if fact.profile in drafts]
    if not left:
        return
    known = _items(cursor, schema, {fact.item_pk for fact in left})
    orders: set[tuple[int, int, int]] = set()
    today = days.today()
    for fact in left:
        draft = drafts[fact.profile]
        draft.imported = True
        day, at = days.day(fact.at), fact.at / 1e6
        moment = dt.datetime.fromtimestamp(at, dt.UTC)
        draft.seen(moment)
        sessions.note(draft.counters, fact.at // 1_000_000, day)
        kind = Interaction.Kind(fact.kind)
        if kind in COUNTS:
            buckets.add(draft.counters, day, COUNTS[kind])
        if kind == Interaction.Kind.PURCHASE:
            buckets.add(draft.counters, day, buckets.REVENUE, fact.value)
            # A purchase without an order id is an order of its own.
            if not fact.order_key or (fact.profile, day, fact.order_key) not in orders:
                buckets.add(draft.counters, day, buckets.ORDER)
                orders.add((fact.profile, day, fact.order_key))
        habits.note(draft.features, habits.DAYPARTS, daypart(days.hour(fact.at)), at)
        habits.note(draft.features, habits.CHANNELS, fact.channel, at)
        item = known.get(fact.item_pk)
        if item is not None:
            note_taste(draft, fact, item, ranks, at)
    for draft in drafts.values():
        buckets.prune(draft.counters, today)


def _items(cursor: Cursor, schema: str, pks: set[int]) -> dict[int, Known]:
    rows = cursor.execute(
        f'SELECT id, category, brand FROM "{schema}".catalog_item WHERE id = ANY(%b::bigint[])', [sorted(pks)]
    ).fetchall()
    return {pk: Known(pk, category.rpartition(" > ")[2], brand) for pk, category, brand in rows}
