"""Where a shop moved to another time zone, what was counted by the day is counted again by the days of the new one."""

from __future__ import annotations

import datetime as dt
import time
import uuid

import structlog
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone
from psycopg import Cursor

from tenants import audit
from tenants.due import LONGEST_TRANSACTION, mark_due
from tenants.models import Tenant
from tenants.scope import Scope

from .. import days
from . import habits

log = structlog.get_logger("attune.features")

QUEUE = "segments"  # whose turns count, before they judge who is in which segment
# Batches that count by the old days have ended.
PATIENCE = LONGEST_TRANSACTION + dt.timedelta(seconds=days.STALE_SECONDS + 5)
FIRST_PORTION, MOST_AT_ONCE, STEP_SECONDS = 20, 1_000, 1.0
_TIMEOUT = "SET LOCAL transaction_timeout = '14s'"


class CountedZone(models.Model):
    """By whose days the shoppers up to `cursor` are counted (one row; none: by those of UTC). Others still by the former."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    zone = models.CharField(max_length=40)
    cursor = models.BigIntegerField(default=0)
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"counted by the days of {self.zone}"


def zone_changed(tenant: Tenant) -> None:
    """The tenant has another time zone: called in the transaction that changes it."""
    days.forget()
    with connection.cursor() as cursor:
        for wait in (dt.timedelta(), PATIENCE):
            mark_due(cursor, tenant.pk, QUEUE, timezone.now() + wait)


def count_again(cursor: Cursor, scope: Scope, deadline: float) -> bool:
    """Go on until `deadline` (time.monotonic) where days have changed; whether more is to be done now.

    Events that come meanwhile are counted by the new days, and counted again with the rest. Killed at any point, it goes on
    where it was; running it twice changes nothing.
    """
    row = _wanted(scope)
    if row is None:
        return False
    portion = FIRST_PORTION
    while time.monotonic() < deadline:
        began = time.monotonic()
        try:
            found = _step(cursor, scope, row, portion)
        except DatabaseError:
            if portion == 1:
                raise
            portion = 1
            continue
        if not found:
            _finish(scope, row)
            return False
        pace = STEP_SECONDS / max(0.01, time.monotonic() - began)
        portion = max(1, min(MOST_AT_ONCE, int(portion * min(2.0, pace))))
    return True


def progress() -> tuple[str, float] | None:
    """(zone, share done) while the connection's tenant is being counted again."""
    row = CountedZone.objects.filter(done_at=None).first()
    if row is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE id <= %s), count(*) FROM profiles_profile", [row.cursor]
        )
        done, everybody = cursor.fetchone()
    return row.zone, done / everybody if everybody else 1.0


def _wanted(scope: Scope) -> CountedZone | None:
    """What is to be done, once nobody counts by the former days any more."""
    wanted = days.calendar_of(scope.schema).name
    row = CountedZone.objects.first()
    if row is None and wanted == "UTC":
        return None
    if row is None or row.zone != wanted:
        row = CountedZone(zone=wanted, begun_at=timezone.now())
        with transaction.atomic(), connection.cursor() as cursor:
            row.save()
            mark_due(cursor, scope.tenant_id, QUEUE, row.begun_at + PATIENCE)
    if row.done_at is not None or timezone.now() < row.begun_at + PATIENCE:
        return None
    return row


def _step(cursor: Cursor, scope: Scope, row: CountedZone, portion: int) -> bool:
    """The next shoppers; False when there are none left."""
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0:
            cursor.execute(_TIMEOUT)
        ids = [
            found[0]
            for found in cursor.execute(
                f'SELECT id FROM "{scope.schema}".profiles_profile WHERE id > %s ORDER BY id LIMIT %s',
                [row.cursor, portion],
            )
        ]
        if not ids:
            return False
        recount(cursor, scope, ids)
        CountedZone.objects.filter(zone=row.zone, cursor=row.cursor).update(cursor=ids[-1])
        row.cursor = ids[-1]
    return True


def recount(cursor: Cursor, scope: Scope, profile_ids: list[int]) -> None:
    """What is counted by the day, and the part of the day, from what is stored of these shoppers. All else stays."""
    from ..identity.rebuild import count
    from ..identity.stored import events_of
    from ..processing.drafts import Draft, load, write
    from ..traits.history import rebuild_states
    from ..traits.measure import TIME
    from ..traits.states import Measures
    from ..traits.streaming import kept_measures

    drafts = load(cursor, scope, profile_ids)
    if not drafts:
        return
    measures = kept_measures(cursor, scope.schema)
    anew = {number: Draft(number, uuid.UUID(int=0)) for number in drafts}
    count(cursor, scope, anew, events_of(cursor, scope, list(drafts)), measures.days)
    for number, draft in drafts.items():
        draft.counters = anew[number].counters
        _take_dayparts(draft.features, anew[number].features)
    write(cursor, scope, list(drafts.values()))
    dated = (one for one in measures.kept if one.measure.days is not None or one.measure.path == TIME)
    rebuild_states(cursor, scope, list(drafts), Measures.of(dated, measures.days), measures.days.today())


def _take_dayparts(features: dict[str, object], anew: dict[str, object]) -> None:
    mine, theirs = features.get("habits"), anew.get("habits")
    if isinstance(mine, dict):
        mine.pop(habits.DAYPARTS, None)
    if isinstance(theirs, dict) and theirs.get(habits.DAYPARTS):
        part = {"as_of": theirs["as_of"], habits.DAYPARTS: theirs[habits.DAYPARTS]}
        habits.merge(features, {"habits": part})


def _finish(scope: Scope, row: CountedZone) -> None:
    """Everybody is counted by the new days: look at everybody in every segment."""
    from ..segments.judging import judge_everybody

    with transaction.atomic():
        if not CountedZone.objects.filter(zone=row.zone, done_at=None).update(done_at=timezone.now()):
            return
        judge_everybody(scope)
        audit.record("days counted again", f"zone:{row.zone}", "system")
    log.info("days counted again", tenant=scope.schema, zone=row.zone)
