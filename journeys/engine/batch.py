"""One batch of enrolments, from the claim to the commit. Read `run_once` from top to bottom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from psycopg import Cursor, errors

from experiments.exposures import record as record_exposures
from tenants.due import mark_due, mark_due_at
from tenants.scope import Scope

from ..hints import DELIVER, JOURNEYS, MESSAGES, publish
from ..models import Journey
from ..nodes.base import Enrolled
from ..running import Running, include, running
from ..words import PAUSED
from .advance import FAILED, Progress, StepMade, advance
from .claim import BATCH, claim
from .outbox import outgoing_of
from .traits import send_traits
from .world import BatchWorld
from .write import add_counts, count_walks, insert_messages, insert_steps, store

log = structlog.get_logger("attune.journeys")

MOST_ATTEMPTS = 5
# Seconds after which a node that raised is tried again.
BACKOFF = (5, 30, 120, 600)
# Under tenants.due.LONGEST_TRANSACTION: selectors that wait for open transactions rely on it.
_TIMEOUT = "SET LOCAL transaction_timeout = '14s'"


def run_once(scope: Scope, limit: int = BATCH, now: dt.datetime | None = None) -> int:
    """Advance one batch of due enrolments; how many. 0: nothing is due that is free.

    Raises OperationalError when the database is away; then nothing has changed.
    """
    with transaction.atomic():
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            cursor.execute(_TIMEOUT)
            claimed = claim(cursor, scope.schema, limit)
            if not claimed:
                return 0
            moment = now or dt.datetime.now(dt.UTC)
            known = running(cursor, scope.schema)
            include(cursor, scope.schema, known, {who.version_id for who in claimed})
            _walk_isolating(cursor, scope, known, claimed, moment)
    return len(claimed)


def _walk_isolating(
    cursor: Cursor, scope: Scope, known: Running, claimed: Sequence[Enrolled], now: dt.datetime
) -> None:
    """The batch at once; when something in it can't be written, one by one, so that it alone stays behind."""
    places = [_place(who) for who in claimed]
    try:
        with transaction.atomic():
            return _walk(cursor, scope, known, claimed, now)
    except (OperationalError, InterfaceError, errors.OperationalError):
        raise
    except Exception as error:  # whatever one enrolment can cause: it is found by trying them one by one
        log.warning(
            "batch failed; trying its enrolments one by one", error=repr(error), enrolments=len(claimed)
        )
    for who, place in zip(claimed, places, strict=True):
        _put_back(who, place)
        try:
            with transaction.atomic():
                _walk(cursor, scope, known, [who], now)
        except (OperationalError, InterfaceError, errors.OperationalError):
            raise
        except (
            Exception
        ) as error:  # this enrolment's own fault: tried again later, then ended with the reason
            log.exception("enrolment failed", enrolment=who.id, node=who.node)
            _put_back(who, place)
            _write(cursor, scope, [_failed(who, error, now)], None, now)


def _walk(
    cursor: Cursor, scope: Scope, known: Running, claimed: Sequence[Enrolled], now: dt.datetime
) -> None:
    world = BatchWorld(cursor, scope, claimed, now)
    _write(cursor, scope, [_advance(known, who, world, now) for who in claimed], world, now)


def _advance(known: Running, who: Enrolled, world: BatchWorld, now: dt.datetime) -> Progress:
    version = known.versions.get(who.version_id)
    if version is None:
        return _ended(who, now, FAILED, "this version of the journey can't be read")
    if version.status == Journey.Status.ARCHIVED:
        return _ended(who, now, "stopped", "the journey was archived")
    if version.status == Journey.Status.PAUSED:
        who.resume_at = None
        return Progress(who, wait_reason=PAUSED, parked=True)
    place = _place(who)
    try:
        return advance(version.plan, who, world, now)
    except (OperationalError, InterfaceError, errors.Error):
        # The transaction is lost: the batch is tried again in parts.
        raise
    except Exception as error:
        log.exception("node failed", enrolment=who.id, journey=who.journey_id, node=who.node)
        at = who.node
        _put_back(who, place)
        return _failed(who, error, now, at)


def _failed(who: Enrolled, error: Exception, now: dt.datetime, node: str = "") -> Progress:
    """Try again later; after `MOST_ATTEMPTS` the way ends."""
    # An exception's words may quote what it choked on, a trait perhaps: its type has to do.
    what = f"“{node or who.node}” failed ({type(error).__name__})"
    who.attempts += 1
    if who.attempts >= MOST_ATTEMPTS:
        return _ended(who, now, FAILED, f"{what}, {who.attempts} times")
    who.resume_at = now + dt.timedelta(seconds=BACKOFF[min(who.attempts, len(BACKOFF)) - 1])
    return Progress(who, wait_reason=f"{what}; it is tried again")


def _ended(who: Enrolled, now: dt.datetime, outcome: str, reason: str) -> Progress:
    who.resume_at = None
    step = StepMade(who.visit, who.node, now, "", outcome, reason)
    return Progress(who, steps=[step], finished=(outcome, reason))


def _write(
    cursor: Cursor, scope: Scope, walks: Sequence[Progress], world: BatchWorld | None, now: dt.datetime
) -> None:
    schema = scope.schema
    messages = outgoing_of(cursor, scope, walks, now)
    store(cursor, schema, walks, now)
    insert_steps(cursor, schema, ((walk.who.id, step) for walk in walks for step in walk.steps))
    if insert_messages(cursor, schema, messages, now):
        mark_due(cursor, scope.tenant_id, MESSAGES)
        transaction.on_commit(lambda: publish(scope.schema, DELIVER))
    send_traits(cursor, scope, walks, now)
    if world is not None and world.exposures:
        record_exposures(cursor, schema, world.exposures)
    add_counts(cursor, schema, count_walks(walks))
    # Last: whoever inserts a second's row first makes the others wait until it commits.
    mark_due_at(cursor, scope.tenant_id, JOURNEYS, (w.who.resume_at for w in walks if w.who.resume_at))


Place = tuple[str, int, dt.datetime | None, dt.datetime | None, str, str, int]


def _place(who: Enrolled) -> Place:
    return who.node, who.visit, who.waiting_since, who.resume_at, who.woken, who.detail, who.attempts


def _put_back(who: Enrolled, place: Place) -> None:
    who.node, who.visit, who.waiting_since, who.resume_at, who.woken, who.detail, who.attempts = place
