"""Profiles made anew from what is stored of them, by the functions that made them the first time.

Facts that no stored event explains (history imports, events whose retention has ended) count by their rows; traits are
kept with the identifier that they were said under. So nothing is lost that was not lost already, and a profile that is
taken apart is what it would have been had its parts never met.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from psycopg import Cursor

from tenants.scope import Scope

from ..days import Calendar
from ..features import buckets, habits, sessions
from ..features.kinds import COUNTS
from ..models import Interaction
from ..processing.apply import apply_events, daypart, note_taste, read_facts
from ..processing.decode import Occurrence
from ..processing.drafts import Draft, load, seal_traits, write
from ..processing.items import Known, Standing, look_up, standing
from ..processing.orders import order_of
from ..traits.history import rebuild_states
from ..traits.streaming import kept_measures
from .addresses import restate_addresses
from .order_rows import forget_rows, robots_rows, settle_orders
from .stored import PORTION, StoredEvent, StoredFact, events_of, facts_of
from .traits import Traits

# profile, item, kind, moment in unix microseconds
_Key = tuple[int, int, int, int]


def rebuild(
    cursor: Cursor,
    scope: Scope,
    profile_ids: Sequence[int],
    *,
    words: Mapping[int, Traits] | None = None,
    doubtful: Callable[[Occurrence], bool] | None = None,
) -> dict[int, Draft]:
    """Make features, counters, computed traits, traits and addresses of these profiles anew; the drafts, as written.

    Events stay as they are; so do interactions, but for the lines of orders that later events changed, and for what events
    made that are a robot's by now. Versions move, so stored answers end. The caller's transaction holds the profiles
    afterwards. `words`: their traits, when the caller has them already. `doubtful`: whether an event is its shopper's by a
    browser's word alone. Events are read and opened in portions.
    """
    drafts = load(cursor, scope, sorted(set(profile_ids)))
    if not drafts:
        return {}
    schema = scope.schema
    for draft in drafts.values():
        _empty(draft)
        if words is not None:
            draft.traits_sealed = b""
            draft.words = words.get(draft.id, Traits())
    measures = kept_measures(cursor, schema)
    events = _marked(events_of(cursor, scope, list(drafts)), doubtful)
    count(cursor, scope, drafts, events, measures.days)
    for draft in drafts.values():
        if words is None:
            draft.words = (
                Traits()
            )  # what is sealed has them all, and knows which of them a browser alone said
        draft.traits_changed = True
        if draft.first_seen is None:
            draft.first_seen, draft.last_seen = draft.before
    made = list(drafts.values())
    seal_traits(scope, made)
    write(cursor, scope, made)
    restate_addresses(cursor, scope, made)
    rebuild_states(cursor, scope, list(drafts), measures, measures.days.today())
    return drafts


def _marked(
    portions: Iterable[Sequence[StoredEvent]], doubtful: Callable[[Occurrence], bool] | None
) -> Iterator[Sequence[StoredEvent]]:
    for portion in portions:
        for one in portion:
            one.event.doubtful = doubtful is not None and doubtful(one.event)
        yield portion


def count(
    cursor: Cursor,
    scope: Scope,
    drafts: Mapping[int, Draft],
    events: Iterable[Sequence[StoredEvent]],
    days: Calendar,
) -> None:
    """Put what is stored of these profiles onto their drafts, which know nothing yet. `events`: theirs, in portions.

    Rows of orders that were changed, and of robots, are corrected on the way. Events of orders are counted last, when all
    that was said of each order is known.
    """
    schema, people = scope.schema, list(drafts)
    ranks = standing(schema)
    explained: Counter[_Key] = Counter()
    ordered: list[StoredEvent] = []
    robotic: list[StoredEvent] = []
    for portion in events:
        counted = [one for one in portion if one.counted and one.profile in drafts]
        ordered += [one for one in counted if order_of(one.event)]
        robotic += [one for one in portion if one.robot]
        plain = [one for one in counted if not order_of(one.event)]
        explained += _count_events(cursor, scope, drafts, plain, ranks, days)
    if ordered:
        lines = [fact for rows in facts_of(cursor, scope, people) for fact in rows if fact.order_key]
        settle_orders(cursor, schema, ordered, lines)
        for start in range(0, len(ordered), PORTION):
            part = ordered[start : start + PORTION]
            explained += _count_events(cursor, scope, drafts, part, ranks, days)
    orders: set[tuple[int, int, int]] = set()
    portions: Iterable[list[StoredFact]] = (
        _unexplained(rows, explained) for rows in facts_of(cursor, scope, people)
    )
    if robotic:
        left = [fact for rows in portions for fact in rows]
        robots = robots_rows(cursor, schema, robotic, left)
        forget_rows(cursor, schema, robots)
        portions = [[fact for fact in left if fact.id not in robots]]
    for rows in portions:
        _apply_rows(cursor, schema, drafts, rows, ranks, days, orders)


def _count_events(
    cursor: Cursor,
    scope: Scope,
    drafts: Mapping[int, Draft],
    events: Sequence[StoredEvent],
    ranks: Standing,
    days: Calendar,
) -> Counter[_Key]:
    """Apply them; the rows of interactions that they explain."""
    lines, bad = read_facts([one.event for one in events])
    items = look_up(cursor, scope.schema, {fact.item_id for each in lines for fact in each})
    place = [drafts[one.profile] if number not in bad else None for number, one in enumerate(events)]
    apply_events(scope, [one.event for one in events], place, lines, items, ranks, days.today(), days=days)
    return Counter(
        (one.profile, items[line.item_id].pk, line.kind, one.event.at)
        for one, each in zip(events, lines, strict=True)
        for line in each
        if line.item_id in items
    )


def _empty(draft: Draft) -> None:
    draft.before = (draft.first_seen, draft.last_seen)
    draft.first_seen = draft.last_seen = None
    draft.features, draft.counters = {}, {}
    draft.version += 1
    draft.touched = True


def _unexplained(facts: Sequence[StoredFact], explained: Counter[_Key]) -> list[StoredFact]:
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
    orders: set[tuple[int, int, int]],
) -> None:
    """Count the facts that no stored event explains. `orders`: those that have been counted."""
    left = [fact for fact in left if fact.profile in drafts]
    if not left:
        return
    known = _items(cursor, schema, {fact.item_pk for fact in left})
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
