"""From the spool into the database, in the order of arrival, each event once.

A crash between the commit and the note of how far the drainer came makes it drain a few records again. Events have
their message ids against that; letters of refused events get a mark of the same kind (`_first_time`).
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import groupby

import structlog
from django.db import connection, transaction

from tenants import keyring
from tenants.crypto import Unreadable
from tenants.db import is_away, tenant_connection
from tenants.models import Tenant
from tenants.scope import Scope

from ..ingest import door
from . import aside
from .folder import Spool
from .frames import Damage, Frame
from .records import Record, from_frame

log = structlog.get_logger("attune.spool")

EVENTS_AT_ONCE = 500
# Records of one transaction share the moment of receipt that is stored with their events.
SAME_MOMENT = dt.timedelta(seconds=1)


def drain(spool: Spool, *, give_up_on_failing: bool = False) -> int:
    """Bring everything that waits into the database; how many events. Only one process at a time does (locks.Busy).

    Raises the database's error when it is away; what was drained until then is noted. Records that can't be drained for
    another reason are set aside. `give_up_on_failing`: also those that fail although the database answers.
    """
    drained = 0
    with spool.leading():
        while True:
            parts, position = spool.window(EVENTS_AT_ONCE)
            if sum(part.events for part in parts if isinstance(part, Frame)) < EVENTS_AT_ONCE:
                return drained + _take_the_last(spool, give_up_on_failing)
            drained += _take(spool, parts, give_up_on_failing)
            spool.advance(position)


def _take_the_last(spool: Spool, give_up_on_failing: bool) -> int:
    """What is left, while nobody can append more: else it would never end, or what came meanwhile would be forgotten."""
    drained = 0
    with spool.locked():
        while (window := spool.window(EVENTS_AT_ONCE))[0]:
            drained += _take(spool, window[0], give_up_on_failing)
            spool.advance(window[1])
        spool.finish()
    return drained


def _take(spool: Spool, parts: Sequence[Frame | Damage], give_up_on_failing: bool) -> int:
    for part in parts:
        if isinstance(part, Damage):
            aside.keep_damage(spool.folder, part)
    frames = sorted((p for p in parts if isinstance(p, Frame)), key=lambda frame: frame.tenant_id)
    return sum(
        _take_of_tenant(spool, tenant_id, list(its), give_up_on_failing)
        for tenant_id, its in groupby(frames, key=lambda frame: frame.tenant_id)
    )


def _take_of_tenant(spool: Spool, tenant_id: int, frames: list[Frame], give_up_on_failing: bool) -> int:
    tenant = Tenant.objects.select_related("plan").filter(pk=tenant_id).first()
    if tenant is None or tenant.status == Tenant.Status.OFFBOARDING:
        log.warning("events of a tenant that has left are dropped", events=sum(f.events for f in frames))
        return 0
    opened: list[tuple[Frame, Record]] = []
    for frame in frames:
        try:
            opened.append((frame, from_frame(frame)))
        except (Unreadable, ValueError) as error:
            aside.keep(spool.folder, frame, type(error).__name__)
    count = 0
    for together in _of_one_moment(opened):
        try:
            _store(tenant, [record for _, record in together])
        except Exception as error:
            if is_away(error) and not give_up_on_failing:
                raise
            log.warning("records failed together; trying them one by one", tenant=tenant.schema_name)
            _one_by_one(spool, tenant, together)
        count += sum(frame.events for frame, _ in together)
    return count


def _one_by_one(spool: Spool, tenant: Tenant, together: list[tuple[Frame, Record]]) -> None:
    for frame, record in together:
        try:
            _store(tenant, [record])
        except Exception as error:
            if is_away(error) and not answers():
                raise
            aside.keep(spool.folder, frame, type(error).__name__)


def answers() -> bool:
    """Whether the database answers now."""
    try:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        if not is_away(error):
            raise
        return False
    return True


def _of_one_moment(opened: list[tuple[Frame, Record]]) -> Iterator[list[tuple[Frame, Record]]]:
    group: list[tuple[Frame, Record]] = []
    for frame, record in opened:
        first = group[0][1] if group else record
        alike = (first.kind, first.source) == (record.kind, record.source)
        if group and not (alike and record.received - first.received <= SAME_MOMENT):
            yield group
            group = []
        group.append((frame, record))
    if group:
        yield group


def _store(tenant: Tenant, records: list[Record]) -> None:
    """All events of the records in one transaction, judged as if they came now, with their own moment of receipt."""
    scope = keyring.scope_of_tenant(tenant, kind=records[0].kind)
    events, rejected = [], []
    with tenant_connection(scope.schema), transaction.atomic():
        for record in records:
            good, bad = door.judge(
                scope,
                record.raws,
                source=record.source,
                received=record.received,
                seed=record.seed,
                **record.details,
            )
            events += good
            if bad and _first_time(scope, record):
                rejected += bad
        door.keep(scope, events, rejected, records[0].received, records[0].source)


def _first_time(scope: Scope, record: Record) -> bool:
    key = blake2b(f"spool:{record.seed}".encode(), digest_size=16).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO "{scope.schema}".profiles_messagekey (key, received_on) VALUES (%s, %s)
                ON CONFLICT DO NOTHING""",
            [key, record.received.date()],
        )
        return bool(cursor.rowcount == 1)


def drain_patiently(spool: Spool, stop_after: float = float("inf")) -> int:
    """`drain`, again and again until it succeeds; for the command. Seconds in `stop_after`."""
    deadline, failures = time.monotonic() + stop_after, 0
    while True:
        try:
            return drain(spool, give_up_on_failing=failures >= 5)
        except Exception as error:
            if not is_away(error) or time.monotonic() > deadline:
                raise
            failures = failures + 1 if answers() else 0
            time.sleep(0.5)


def retry_set_aside(spool: Spool) -> int:
    """Try again what was set aside; what can be drained now leaves the folder. How many events."""
    count = 0
    for path, frame in list(aside.records(spool.folder)):
        tenant = Tenant.objects.select_related("plan").filter(pk=frame.tenant_id).first()
        try:
            if tenant is not None and tenant.status != Tenant.Status.OFFBOARDING:
                _store(tenant, [from_frame(frame)])
                count += frame.events
        except Exception as error:
            if is_away(error) and not answers():
                raise
            log.warning("a record set aside failed again", error=type(error).__name__)
            continue
        path.unlink(missing_ok=True)
    return count
