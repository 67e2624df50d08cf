"""New measures are computed from what came before, for everybody, while events keep coming.

A batch keeps a measure from the moment when it exists, for every shopper. Building goes through those who were there by
then, in portions that several workers share, and writes what all of their stored events make, under the shopper's lock:
events that streamed in before are among the stored ones, later ones are added to it. Nothing is counted twice, and running
it again changes nothing. Whoever somebody was merged into meanwhile is made again at the end, since one of the two may not
have had their turn.
"""

from __future__ import annotations

import time

import structlog
from django.conf import settings
from django.db import connection, transaction
from psycopg import Cursor, errors

from tenants.due import mark_due
from tenants.locks import alone
from tenants.scope import Scope

from ..segments.live import change_definitions, hold_definitions
from ..segments.moments import QUEUE, today
from . import portions, stored
from .history import rebuild_states, write_states
from .long import Draft
from .models import Aggregate, BuildRun
from .portions import Portion
from .states import Measures
from .streaming import read_measures

log = structlog.get_logger("attune.traits")

# Events opened in one transaction, about a second's: the shoppers' rows are locked meanwhile.
BUDGET = 20_000
# From so many on a shopper's are read before their row is locked; from so many on not at all.
LONG, TOO_LONG = 60_000, 1_000_000
MOST_AT_ONCE = 1_000
REDONE = 100
# After so many failures of a shopper who is done alone, the shopper is left out.
MOST_TRIES = 3
_TIMEOUT = "SET LOCAL transaction_timeout = '14s'"


class _TooLong(Exception):
    """The next shopper of the portion has too long a history for one transaction."""

    def __init__(self, portion: Portion, profile_id: int, weight: int) -> None:
        super().__init__(f"{weight} events")
        self.portion, self.profile_id, self.weight = portion, profile_id, weight


def build_turn(cursor: Cursor, scope: Scope, deadline: float) -> bool:
    """Go on with building the tenant's measures until `deadline` (time.monotonic); whether more is to be done.

    At most settings.TRAIT_BUILDERS workers build for a tenant at a time, so that others have workers too.
    """
    schema = scope.schema
    portions.plan(cursor, schema)
    if not portions.is_building(cursor, schema):
        return False
    for place in range(settings.TRAIT_BUILDERS):
        with alone(f"{schema}:trait-building-{place}") as mine:
            if mine:
                return _build(cursor, scope, deadline)
    return True


def _build(cursor: Cursor, scope: Scope, deadline: float) -> bool:
    schema = scope.schema
    while time.monotonic() < deadline:
        if (run := portions.ended(cursor, schema)) is not None:
            if not portions.redo(cursor, schema, REDONE):
                _finish(cursor, scope, run)
        elif not _one(cursor, scope):
            return portions.is_building(cursor, schema)
    return True


def _one(cursor: Cursor, scope: Scope) -> bool:
    """Some shoppers of the next free portion; False when there is none."""
    taken: list[Portion] = []
    try:
        try:
            return _step(cursor, scope, taken)
        except _TooLong as long:
            _alone(cursor, scope, long)
    except Exception as error:
        if not taken:
            raise
        away = isinstance(error, errors.OperationalError) and not isinstance(error, errors.QueryCanceled)
        tries = portions.failed(scope.schema, taken[0])
        if away:
            raise
        log.exception("shoppers could not be computed", tenant=scope.schema)
        if tries >= MOST_TRIES:
            portions.skip(cursor, scope.schema, taken[0], "What is stored of them can’t be read.")
    return True


def _step(cursor: Cursor, scope: Scope, taken: list[Portion]) -> bool:
    schema = scope.schema
    with transaction.atomic():
        _limit(cursor)
        portion = portions.take(cursor, schema)
        if portion is None:
            return False
        taken.append(portion)
        measures = _of_run(cursor, schema, portion.run)
        ids = portions.shoppers(cursor, schema, portion, 1 if portion.tries else MOST_AT_ONCE)
        if not measures or not ids:
            portions.drop(cursor, schema, portion)
            return True
        chosen = _affordable(portion, ids, stored.weights(cursor, schema, ids, measures))
        # In the order in which batches lock: shoppers, then definitions.
        held = _hold(cursor, schema, chosen)
        hold_definitions(cursor, schema)
        measures = _of_run(cursor, schema, portion.run)
        rebuild_states(cursor, scope, held, measures, today(measures.days))
        portions.went_on(cursor, schema, portion, chosen[-1], len(chosen))
    return True


def _affordable(portion: Portion, ids: list[int], weights: dict[int, int]) -> list[int]:
    """The first of them, with no more events together than one transaction opens."""
    if weights[ids[0]] > LONG:
        raise _TooLong(portion, ids[0], weights[ids[0]])
    chosen: list[int] = []
    total = 0
    for profile_id in ids:
        total += weights[profile_id]
        if chosen and total > BUDGET:
            break
        chosen.append(profile_id)
    return chosen


def _alone(cursor: Cursor, scope: Scope, long: _TooLong) -> None:
    """A shopper with a long history: read first, then locked."""
    schema, portion = scope.schema, long.portion
    with alone(f"{schema}:long-history-{long.profile_id}") as mine:
        if not mine:
            time.sleep(0.5)  # another worker reads it
            return
        if long.weight > TOO_LONG:
            reason = f"They have over {TOO_LONG:,} events, more than are read back."
            portions.skip(cursor, schema, portion, reason)
            return
        measures = _of_run(cursor, schema, portion.run)
        draft = Draft(long.profile_id, measures)
        draft.read(cursor, scope)
        with transaction.atomic():
            _limit(cursor)
            now = portions.take(cursor, schema, portion.id)
            if now is None or now.first != portion.first:
                return  # somebody else went on with it
            held = _hold(cursor, schema, [long.profile_id])
            hold_definitions(cursor, schema)
            still = {one.key for one in _of_run(cursor, schema, portion.run).kept}
            if held and not draft.complete(cursor, scope, today(measures.days)):
                return  # something of it went meanwhile: once more
            if held:
                made = {key: state for key, state in draft.computed.items() if key in still}
                kept = Measures.of((one for one in measures.kept if one.key in still), measures.days)
                write_states(cursor, schema, {long.profile_id: made}, kept)
            portions.went_on(cursor, schema, now, long.profile_id, 1)


def _of_run(cursor: Cursor, schema: str, run: int) -> Measures:
    """The measures that are part of it now."""
    members = {
        row[0]
        for row in cursor.execute(
            f"""SELECT id FROM "{schema}".profiles_aggregate WHERE run_id = %s AND status = 'building'""",
            [run],
        )
    }
    found = read_measures(cursor, schema)
    return Measures.of((one for one in found.kept if one.id in members), found.days)


def _hold(cursor: Cursor, schema: str, profile_ids: list[int]) -> list[int]:
    rows = cursor.execute(
        f"""SELECT id FROM "{schema}".profiles_profile WHERE id = ANY(%s::bigint[])
            ORDER BY id FOR NO KEY UPDATE""",
        [profile_ids],
    )
    return [row[0] for row in rows]


def _finish(cursor: Cursor, scope: Scope, run: int) -> None:
    """Everybody has been looked at: the measures may be read, and who uses them is judged."""
    from .services import announce_ready

    with transaction.atomic():
        _limit(cursor)
        change_definitions(cursor, scope.schema)
        if portions.redo(cursor, scope.schema, REDONE):
            return  # somebody was merged at the last moment: one more round
        done = list(Aggregate.objects.filter(run_id=run, status=Aggregate.Status.BUILDING))
        announce_ready(scope, done)
        BuildRun.objects.filter(pk=run).delete()
        mark_due(cursor, scope.tenant_id, QUEUE)
    log.info("measures computed of everybody", tenant=scope.schema, measures=len(done))


def _limit(cursor: Cursor) -> None:
    if not connection.in_atomic_block or len(connection.savepoint_ids) == 0:
        cursor.execute(_TIMEOUT)
