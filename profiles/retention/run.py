"""Dropping what is old enough: whole months of events, dead letters in portions."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from django.db import OperationalError, connection, transaction
from psycopg import errors

from tenants import audit

from ..dead_letters.retention import count_old, forget_old
from .models import RetentionRun
from .months import Month, months_held
from .periods import Periods

log = structlog.get_logger("attune.retention")

PORTION = 5_000
# Requests that hold the event table are waited for so long, then let through, then asked again.
LOCK_TIMEOUT = "3s"
TRIES = 5
PAUSE_SECONDS = 2.0
Result = TypeVar("Result")


@dataclass(frozen=True)
class Going:
    """What a run would drop now. `held_up`: months that are old enough but hold events nobody has processed."""

    cutoff: dt.date
    months: list[Month]
    letters: int
    held_up: list[Month]

    @property
    def events(self) -> int:
        return sum(month.events for month in self.months)

    @property
    def bytes(self) -> int:
        return sum(month.bytes for month in self.months)


def preview(schema: str, periods: Periods, today: dt.date | None = None) -> Going:
    """What `run` would drop if it ran now with these periods; nothing is touched."""
    today = today or dt.datetime.now(dt.UTC).date()
    cutoff = periods.cutoff(today)
    old = [month for month in months_held(schema) if month.end <= cutoff]
    waiting = _first_waiting(schema)
    held_up = [month for month in old if waiting is not None and waiting.date() < month.end]
    letters = count_old(schema, periods.letter_days)
    return Going(cutoff, [month for month in old if month not in held_up], letters, held_up)


def run(schema: str, periods: Periods, today: dt.date | None = None) -> RetentionRun | None:
    """Drop what is old enough; the record of it, None when nothing was. Running it twice is harmless.

    Each month goes in a transaction of its own with its audit record, so a crash leaves whole months.
    """
    today = today or dt.datetime.now(dt.UTC).date()
    going = preview(schema, periods, today)
    for month in going.held_up:
        log.error("a month of events is kept: some are not processed", tenant=schema, month=str(month.first))
    events = months = 0
    until: dt.date | None = None
    for month in going.months:
        if not with_patience(lambda month=month: _drop(schema, month)):  # type: ignore[misc]  # bound at once
            log.error("a month of events could not be dropped", tenant=schema, month=str(month.first))
            break  # what is kept from then on must be without gaps
        events, months, until = events + month.events, months + 1, month.end
    if len(going.months) == months and not going.held_up:
        strays = _delete_strays(schema, going.cutoff)
        events += strays
        until = going.cutoff if strays or until else until
    letters = forget_old(schema, periods.letter_days)
    if not (months or events or letters):
        return None
    return RetentionRun.objects.create(until=until, months=months, events=events, letters=letters)


def with_patience(work: Callable[[], Result]) -> Result | None:
    """Do what needs a lock that requests hold: a few tries, each short enough for them; None when none succeeded."""
    for attempt in range(TRIES):
        try:
            return work()
        except (OperationalError, errors.LockNotAvailable) as error:
            if not isinstance(error.__cause__ or error, errors.LockNotAvailable):
                raise
            if attempt + 1 < TRIES:
                time.sleep(PAUSE_SECONDS * (attempt + 1))
    return None


def _drop(schema: str, month: Month) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        # Detached first, which waits for who reads it: dropping a partition would wait for nobody's snapshot.
        cursor.execute(f'ALTER TABLE "{schema}".profiles_event DETACH PARTITION "{schema}"."{month.table}"')
        cursor.execute(f'DROP TABLE "{schema}"."{month.table}"')
        audit.record(
            "events dropped",
            f"events:{month.first:%Y-%m}",
            "system",
            events=month.events,
            because="retention",
        )
    return True


def _delete_strays(schema: str, cutoff: dt.date) -> int:
    """Events of dropped months that no partition held."""
    return _portions(
        f"""DELETE FROM "{schema}".profiles_event_default WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM "{schema}".profiles_event_default WHERE received_at < %s LIMIT {PORTION}))""",
        dt.datetime.combine(cutoff, dt.time(), dt.UTC),
    )


def _portions(statement: str, before: dt.datetime) -> int:
    deleted = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [before])
            deleted += cursor.rowcount
            if cursor.rowcount < PORTION:
                return deleted


def _first_waiting(schema: str) -> dt.datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT min(received_at) FROM "{schema}".profiles_eventqueue')
        return cursor.fetchone()[0]
