"""One batch of events, from the queue to features, in one transaction. Read `process_batch` from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog
from django.db import connection, transaction
from psycopg import Cursor

from tenants.scope import Scope

from ..arrivals.expel import expel
from ..arrivals.sift import sift
from ..identity.history import note_left
from ..identity.rebuild import rebuild
from ..identity.sorting import TooMuch, sort_out
from ..identity.store import read_rules
from ..identity.words import without_blocked
from ..quality import observe
from ..traits.streaming import finish_states, kept_measures, note_seen
from . import versions
from .addresses import write_addresses
from .apply import apply_events, note_identity, read_facts
from .claim import BATCH, Claimed, claim
from .consents import hear
from .decode import Decoded, Occurrence, decode
from .drafts import Draft, seal_traits, write
from .facts import Fact
from .isolate import Isolation, Stalled
from .items import Known, standing
from .letters import Failure, keep
from .people import resolve
from .telling import as_batch, call_subscribers, tell_rebuilt
from .unlisted import items_of
from .withhold import withhold
from .write import blinds_of, delete_events, insert_interactions, leave_queue, name_events

log = structlog.get_logger("attune.processing")

MOST_ATTEMPTS = 5
NOBODY = "Its ids name nobody: the identity rules block them, as they do “null” or zeros."
# Under tenants.due.LONGEST_TRANSACTION: selectors that wait for open transactions rely on it.
# A commit need not wait for the disk: until it is there, so are the events in the queue (ADR 0240).
_BEGIN = "SET LOCAL transaction_timeout = '14s'; SET LOCAL synchronous_commit = off"


def run_once(scope: Scope, limit: int = BATCH) -> int:
    """Process one batch of the tenant's events; how many left the queue. 0: nothing waits that is free.

    Raises OperationalError when the database is away, and `Stalled`; both leave the queue as it was.
    """
    claimed: list[Claimed] = []
    try:
        with transaction.atomic():
            connection.ensure_connection()
            with Cursor(connection.connection) as cursor:
                cursor.execute(_BEGIN)
                claimed = claim(cursor, scope.schema, limit)
                if not claimed:
                    return 0
                told = _process_claimed(cursor, scope, claimed)
                leave_queue(cursor, scope.schema, claimed)
                note = versions.write_note(cursor, scope.schema, told)
    except Stalled as error:
        _count_attempt(scope.schema, claimed)
        raise Stalled(f"{len(claimed)} events of {scope.schema} failed: {error}") from error
    if note is not None and versions.tell(scope.schema, told):
        with Cursor(connection.connection) as cursor:
            versions.forget_note(cursor, scope.schema, note)
    return len(claimed)


def _process_claimed(cursor: Cursor, scope: Scope, claimed: list[Claimed]) -> dict[str, int]:
    """The versions to tell; events that failed by themselves become letters. Raises `Stalled`."""
    decoded = sift(cursor, scope, withhold(cursor, scope, decode(scope, claimed)))
    failures = [Failure(event, "unreadable_event", detail) for event, detail in decoded.broken]
    nameless = without_blocked(decoded.events, read_rules(cursor, scope.schema))
    failures += [
        Failure(decoded.events[i].claimed, "blocked_identifier", NOBODY, decoded.events[i].name)
        for i in nameless
    ]
    decoded.events = [event for i, event in enumerate(decoded.events) if i not in set(nameless)]
    _, bad = read_facts(decoded.events)
    if bad:
        failures += [
            Failure(decoded.events[i].claimed, "invalid_event", why, decoded.events[i].name)
            for i, why in bad.items()
        ]
        decoded.events = [event for i, event in enumerate(decoded.events) if i not in bad]
    isolation = Isolation(
        lambda events: process_batch(cursor, scope, Decoded(events, [], [])),
        patient=not _tried_enough(claimed),
    )
    isolation.run(decoded.events)
    keep(cursor, scope, failures + isolation.failures)
    return isolation.told | _take_back(cursor, scope, decoded.robots)


def _take_back(cursor: Cursor, scope: Scope, robots: set[bytes]) -> dict[str, int]:
    """What visitors sent who turned out to be bots counts no more; the versions to tell."""
    profiles = expel(cursor, scope, robots) if robots else []
    if not profiles:
        return {}
    made = rebuild(cursor, scope, profiles)
    tell_rebuilt(scope, made)
    return {blind: made[p].version for blind, p in blinds_of(cursor, scope.schema, list(made))}


def process_batch(cursor: Cursor, scope: Scope, decoded: Decoded) -> dict[str, int]:
    """Count `decoded` for its shoppers; identifier (hexadecimal) → version to tell after the commit."""
    events = decoded.events
    if not events:
        return {}
    schema = scope.schema
    facts, _ = read_facts(events)
    people = resolve(cursor, scope, events)
    heard = hear(cursor, scope, events, people)
    for position in heard.refused:
        facts[position] = []
        note_identity(people.place[position], events[position])
    items = items_of(cursor, schema, events, facts)
    ranks = standing(schema)
    measures = kept_measures(cursor, schema)
    today = measures.days.today()
    columns = apply_events(scope, events, heard.place, facts, items, ranks, today, measures)
    changed = [draft for draft in people.drafts.values() if draft.events or draft.touched]
    for draft in changed:
        if not draft.events:
            draft.known_without_events()
    seal_traits(scope, changed)
    finish_states(cursor, schema, measures, people.drafts.values(), today)
    write(cursor, scope, changed)
    write_addresses(cursor, scope, changed)
    insert_interactions(cursor, schema, columns)
    name_events(cursor, schema, events, heard.place)
    delete_events(cursor, schema, [events[position].claimed for position in heard.refused])
    note_seen(cursor, schema, events)
    _observe(cursor, scope, events, heard.place, facts, items)
    sorted_out = _sort_out(cursor, scope, people.sort) if people.sort else {}
    unsettled = [d.id for d in people.drafts.values() if d.unsettled and d.id not in sorted_out]
    if unsettled:
        sorted_out |= rebuild(cursor, scope, unsettled)
    call_subscribers(scope, as_batch(people, heard.place, columns, events, sorted_out))
    version_of = {draft.id: draft.version for draft in (*changed, *sorted_out.values())}
    told = {blind: version_of[p] for blind, p in blinds_of(cursor, schema, list(version_of))}
    told.update(
        {blind.hex(): event_id for blind, event_id in people.released.items() if blind.hex() not in told}
    )
    return told


def _sort_out(cursor: Cursor, scope: Scope, profile_ids: Sequence[int]) -> dict[int, Draft]:
    """Give what came before to whom it belongs by now. Where there is too much of it, it stays, and the page says so."""
    try:
        with transaction.atomic():
            return sort_out(cursor, scope, profile_ids)
    except TooMuch as error:
        log.warning("too many events to be given back", tenant=scope.schema, events=error.events)
        note_left(cursor, scope.schema, error.profiles, error.events)
        return {}


def _observe(
    cursor: Cursor,
    scope: Scope,
    events: Sequence[Occurrence],
    place: Sequence[Draft | None],
    facts: Sequence[list[Fact]],
    items: Mapping[str, Known],
) -> None:
    """Hold the events that counted against what is expected of them; those of imports were, line by line."""
    counted = [
        position
        for position, draft in enumerate(place)
        if draft is not None and not events[position].claimed.bulk
    ]
    mine = [events[position] for position in counted]
    tally = observe.look(mine, [facts[position] for position in counted], items, scope.currency)
    observe.note(cursor, scope.schema, tally, mine)


def _tried_enough(claimed: Sequence[Claimed]) -> bool:
    return max(event.attempts for event in claimed) + 1 >= MOST_ATTEMPTS


def _count_attempt(schema: str, claimed: Sequence[Claimed]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{schema}".profiles_eventqueue SET attempts = attempts + 1 WHERE event_id = ANY(%s)',
            [[event.id for event in claimed]],
        )
