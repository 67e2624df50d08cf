"""Imports in portions: each portion's events and the position behind them are one transaction.

A worker killed at any point leaves whole portions; the next one goes on from the position that the last one committed.
Live events come first: nothing is read while more events wait than a worker soon gets through.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from typing import Literal

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from psycopg import Cursor

from tenants import audit
from tenants.due import mark_due
from tenants.locks import alone
from tenants.scope import Scope

from ..ingest import door, wire
from ..ingest.store import keep_letters
from ..quality import imported
from .checking import check_portion, said
from .files import Gone, destroy, open_sealed
from .layout import Layout
from .models import Import, ImportProblem
from .readers import BadFile, read_records
from .records import Made, make_events

log = structlog.get_logger("attune.imports")

QUEUE = "imports"
PORTION = 2_000
# Orders of thousands of lines: so much of them at once.
PORTION_BYTES = 8 << 20
# After so many lines that could not be taken a person should look before more are read.
MOST_PROBLEMS = 10_000
# While more events wait than this, the import lets them go first.
MOST_WAITING = 4_000
WAIT = dt.timedelta(seconds=1)
# What waits is often gone in a moment: so long a turn stays for it before it leaves the worker to others.
PATIENCE_SECONDS = 1.0
_NAP = 0.1
_SYSTEM = "system"
_OUR_FAULT = "Something broke on our side; it has been logged. What was taken stays: resume to try again."
Left = Literal["nothing", "more", "wait"]


def run_turn(scope: Scope, seconds: float = 2.0) -> Left:
    """Work on the tenant's imports for about so long, one worker at a time.

    Returns "nothing" when none is under way, "more" when there is more to read now, "wait" when live events go first or
    another worker is at it.
    """
    deadline = time.monotonic() + seconds
    with alone(f"{scope.schema}:imports") as mine:
        while mine and time.monotonic() < deadline:
            found = Import.objects.filter(status__in=("running", "checking")).order_by("since", "pk").first()
            if found is None:
                return "nothing"
            if found.status == "running" and not _room(scope.schema):
                _later(scope)
                return "wait"
            try:
                _work(scope, found, deadline)
            except (BadFile, Gone) as error:
                _fail(scope, found.pk, str(error))
            except (OperationalError, InterfaceError):
                raise
            except Exception:  # a fault of ours: it must hold up no other import, nor come again at once
                log.exception("import failed", import_id=found.pk)
                _pause(found.pk, _OUR_FAULT)
    return "more" if mine else "wait"


def _work(scope: Scope, found: Import, deadline: float) -> None:
    """Portion after portion while the turn lasts, with the file open once."""
    status = found.status
    layout = Layout.read(found.layout)
    checking = status == Import.Status.CHECKING
    position = found.check_report.get("position", 0) if checking else found.position
    lines = found.check_report.get("lines", 0) if checking else found.lines
    with open_sealed(scope, found.uuid, found.size) as file:
        made = make_events(read_records(file, layout, position, lines), found.kind, layout)
        while True:
            portion, last = _portion(made)
            step = check_portion if checking else _take_portion
            with transaction.atomic():
                row = _locked(found.pk, status)
                if row is None or _moved(row, checking, position):
                    return  # paused, cancelled, or another worker's
                if portion:
                    step(scope, row, portion)
                    position = portion[-1].end
                if last:
                    _finish(scope, row, checking)
                mark_due(connection.cursor(), scope.tenant_id, QUEUE)
            if last:
                _clear(scope, row)
                return
            # It waits with the file open: to come back costs the way to the place where it was.
            if row.status != status or time.monotonic() > deadline or not (checking or _room(scope.schema)):
                return


def _portion(made: Iterator[Made]) -> tuple[list[Made], bool]:
    """(the next ones, whether the file ended with them)."""
    portion: list[Made] = []
    size = 0
    for one in made:
        portion.append(one)
        size += len(one.event)
        if len(portion) >= PORTION or size >= PORTION_BYTES:
            return portion, False
    return portion, True


def _locked(pk: int, status: str) -> Import | None:
    return Import.objects.select_for_update(skip_locked=True).filter(pk=pk, status=status).first()


def _moved(row: Import, checking: bool, position: int) -> bool:
    return (row.check_report.get("position", 0) if checking else row.position) != position


def _take_portion(scope: Scope, row: Import, portion: list[Made]) -> None:
    received = timezone.now()
    good = [made for made in portion if made.event]
    accepted = door.accept(scope, [made.event for made in good], source="import", received=received)
    refused = [made for made in portion if not made.event]
    if refused:
        with Cursor(connection.connection) as cursor:
            keep_letters(cursor, scope, list(_letters(refused)), "import")
    ImportProblem.objects.bulk_create(
        [
            ImportProblem(source=row, line=made.line, reason=made.reason, detail=made.detail[:300])
            for made in refused
        ]
        + [
            ImportProblem(source=row, line=good[r.index].line, reason=r.reason, detail=said(r))
            for r in accepted.rejected
        ]
    )
    lost = {r.index for r in accepted.rejected}
    taken = ((made.line, made.event) for place, made in enumerate(good) if place not in lost)
    row.quality = imported.add(scope, row.quality, taken)
    before = row.rejected // MOST_PROBLEMS
    row.position = portion[-1].end
    row.lines = portion[-1].line + portion[-1].lines - 1
    row.taken += accepted.fresh
    row.duplicates += accepted.duplicates
    row.suppressed += accepted.suppressed
    row.rejected += len(refused) + len(accepted.rejected)
    row.moved_at = received
    if row.rejected // MOST_PROBLEMS > before:
        row.status = Import.Status.PAUSED
        row.error = f"{row.rejected:,} lines could not be taken. Look at the reasons before you go on."
    row.save()


def _letters(refused: list[Made]) -> Iterator[wire.Rejected]:
    for index, made in enumerate(refused):
        said = f"Line {made.line:,} of an import: {made.detail}"
        yield wire.Rejected(index, None, made.reason, said, made.raw, made.who, made.type)


def _finish(scope: Scope, row: Import, checking: bool) -> None:
    if checking:
        row.status = Import.Status.DRAFT
        row.check_report = {**row.check_report, "done": True}
    else:
        row.status = Import.Status.DONE
        row.position = row.end
        row.finished_at = timezone.now()
        audit.record(
            "import finished",
            f"import:{row.pk}",
            _SYSTEM,
            taken=row.taken,
            duplicates=row.duplicates,
            rejected=row.rejected,
        )
    row.save()


def _clear(scope: Scope, row: Import) -> None:
    if not row.is_open:
        destroy(scope, row.uuid)


def _fail(scope: Scope, pk: int, why: str) -> None:
    with transaction.atomic():
        row = Import.objects.select_for_update().get(pk=pk)
        if not row.is_open:
            return
        row.status, row.error, row.finished_at = Import.Status.FAILED, why[:300], timezone.now()
        row.save()
        audit.record("import stopped", f"import:{pk}", _SYSTEM, taken=row.taken)
    destroy(scope, row.uuid)


def _pause(pk: int, why: str) -> None:
    with transaction.atomic():
        row = Import.objects.select_for_update().get(pk=pk)
        checking = row.status == Import.Status.CHECKING
        row.status, row.error = Import.Status.DRAFT if checking else Import.Status.PAUSED, why
        row.save(update_fields=["status", "error"])


def _room(schema: str) -> bool:
    """Whether live events leave room, now or in a moment."""
    patience = PATIENCE_SECONDS
    while _crowded(schema):
        if patience <= 0:
            return False
        patience -= _NAP
        time.sleep(_NAP)
    return True


def _crowded(schema: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM (SELECT 1 FROM "{schema}".profiles_eventqueue LIMIT %s) AS waiting',
            [MOST_WAITING + 1],
        )
        return int(cursor.fetchone()[0]) > MOST_WAITING


def _later(scope: Scope) -> None:
    with connection.cursor() as cursor:
        mark_due(cursor, scope.tenant_id, QUEUE, timezone.now() + WAIT)
