"""What people do with imports: map, check, start, pause, resume, cancel. Each is recorded in the audit trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from django.db import connection, transaction
from django.utils import timezone

from tenants import audit
from tenants.crypto import Unreadable
from tenants.due import mark_due
from tenants.scope import Scope

from . import fetch
from .fields import is_known, missing, suggest
from .files import Gone, destroy, open_sealed
from .layout import Layout
from .models import Import
from .readers import read_records
from .records import Made, make_events
from .run import QUEUE

Status = Import.Status
# A draft that nobody starts is destroyed with its file: it names people.
DRAFT_DAYS = 7


class Refused(Exception):
    """Why it can't be done now; the message is for people."""


def change_layout(found: Import, fields: Mapping[str, Any], *, actor: str) -> Import:
    """Set how a draft is read: mapping (column → field, "" to leave out), decimal, date_order, time_zone, event, as_of,
    kind. What is not named stays. Raises `Refused`."""
    with transaction.atomic():
        row = _locked(found.pk, Status.DRAFT)
        layout = Layout.read(row.layout)
        kind = fields.get("kind", row.kind)
        if kind not in Import.Kind.values:
            raise Refused(f"A file holds {', '.join(Import.Kind.values)}.")
        if kind != row.kind:
            layout = layout.changed(mapping=suggest(layout.columns, kind), spec=False)
        row.kind = kind
        row.layout = _checked(layout, fields, kind).as_json()
        row.check_report, row.error = {}, ""
        row.save()
        audit.record("import described", f"import:{row.pk}", actor, kind=kind)
    return row


def _checked(layout: Layout, fields: Mapping[str, Any], kind: str) -> Layout:
    allowed = {"decimal": (".", ","), "date_order": ("ymd", "dmy", "mdy")}
    changes: dict[str, Any] = {}
    for name, values in allowed.items():
        if name in fields:
            if fields[name] not in values:
                raise Refused(f"{name} must be one of {', '.join(values)}.")
            changes[name] = fields[name]
    if "time_zone" in fields:
        try:
            ZoneInfo(str(fields["time_zone"]))
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise Refused("There is no such time zone: write it like Europe/Berlin.") from error
        changes["time_zone"] = str(fields["time_zone"])
    for name in ("event", "as_of"):
        if name in fields:
            changes[name] = str(fields[name] or "").strip()[:200]
    if changes.get("as_of"):
        try:
            dt.datetime.fromisoformat(changes["as_of"])
        except ValueError as error:
            raise Refused("The day from which profiles hold must be a date, such as 2025-06-30.") from error
    if "mapping" in fields:
        changes["mapping"] = _mapping(layout, fields["mapping"], kind)
        changes["spec"] = False
    return layout.changed(**changes)


def _mapping(layout: Layout, given: Any, kind: str) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise Refused("The mapping must say a field for each column.")
    unknown = [str(column) for column in given if column not in layout.columns]
    if unknown:
        raise Refused(f"The file has no column “{unknown[0][:60]}”.")
    wrong = [str(m) for m in given.values() if m and not (isinstance(m, str) and is_known(m, kind))]
    if wrong:
        raise Refused(f"“{wrong[0][:60]}” is no field of {kind}.")
    kept = layout.mapping if not layout.spec else {}
    return {c: str(given.get(c, kept.get(c, "")) or "") for c in layout.columns}


def unready(found: Import) -> list[str]:
    """What has to be said before it can be checked or started, as sentences; empty when nothing."""
    layout = Layout.read(found.layout)
    return [] if layout.spec else missing(layout.mapping, found.kind, event=layout.event, as_of=layout.as_of)


def check(scope: Scope, found: Import, *, actor: str) -> Import:
    """Begin a dry run of the whole file in the background. Raises `Refused`."""
    return _set_going(scope, found, Status.CHECKING, (Status.DRAFT,), "import check started", actor)


def start(scope: Scope, found: Import, *, actor: str) -> Import:
    """Begin to take what the file holds. Raises `Refused`."""
    return _set_going(scope, found, Status.RUNNING, (Status.DRAFT, Status.CHECKING), "import started", actor)


def resume(scope: Scope, found: Import, *, actor: str) -> Import:
    """Go on reading, or fetching, where it stopped. Raises `Refused`."""
    if found.has_arrived:
        return _set_going(scope, found, Status.RUNNING, (Status.PAUSED,), "import resumed", actor)
    with transaction.atomic():
        row = _locked(found.pk, Status.PAUSED)
        row.status, row.error, row.attempts, row.retry_at = Status.FETCHING, "", 0, None
        row.since, row.since_position = timezone.now(), row.position
        row.save()
        audit.record("import resumed", f"import:{row.pk}", actor, kind=row.kind)
        fetch.go(scope)
    return row


def pause(scope: Scope, found: Import, *, actor: str) -> Import:
    with transaction.atomic():
        row = _locked(found.pk, Status.RUNNING, Status.FETCHING)
        row.status = Status.PAUSED
        row.save(update_fields=["status"])
        audit.record("import paused", f"import:{row.pk}", actor, taken=row.taken)
    return row


def cancel(scope: Scope, found: Import, *, actor: str) -> Import:
    """End it and destroy the file. What was taken stays."""
    with transaction.atomic():
        row = _locked(found.pk, Status.FETCHING, Status.DRAFT, Status.CHECKING, Status.RUNNING, Status.PAUSED)
        row.status, row.finished_at = Status.CANCELLED, timezone.now()
        row.save(update_fields=["status", "finished_at"])
        audit.record("import cancelled", f"import:{row.pk}", actor, taken=row.taken)
    destroy(scope, row.uuid)
    fetch.forget(scope, row)
    return row


def preview(scope: Scope, found: Import, limit: int = 6) -> list[tuple[Made, dict[str, Any] | None]]:
    """The first lines as what they become: (made, its event or None). Empty when the file is gone."""
    layout = Layout.read(found.layout)
    try:
        with open_sealed(scope, found.uuid, found.size) as file:
            made = make_events(read_records(file, layout, 0, 0), found.kind, layout)
            return [(one, orjson.loads(one.event) if one.event else None) for one in islice(made, limit)]
    except (Gone, Unreadable):
        return []


def examples(scope: Scope, found: Import, rows: int = 50, each: int = 3) -> dict[str, list[str]]:
    """Column → a few of its first values that are not empty."""
    layout = Layout.read(found.layout)
    shown: dict[str, list[str]] = {column: [] for column in layout.columns}
    try:
        with open_sealed(scope, found.uuid, found.size) as file:
            for record in islice(read_records(file, layout, 0, 0), rows):
                for column, value in (record.values or {}).items():
                    text = str(value).strip()[:60] if value is not None else ""
                    if text and column in shown and len(shown[column]) < each and text not in shown[column]:
                        shown[column].append(text)
    except (Gone, Unreadable):
        return {}
    return shown


def _set_going(
    scope: Scope, found: Import, status: str, before: tuple[str, ...], action: str, actor: str
) -> Import:
    with transaction.atomic():
        row = _locked(found.pk, *before)
        problems = unready(row)
        if problems:
            raise Refused(problems[0])
        row.status, row.error = status, ""
        row.since, row.since_position = timezone.now(), row.position
        if status == Status.CHECKING:
            row.check_report = {}
        row.save()
        audit.record(action, f"import:{row.pk}", actor, kind=row.kind)
        mark_due(connection.cursor(), scope.tenant_id, QUEUE)
        transaction.on_commit(lambda: _hint(scope.schema))
    return row


def _hint(schema: str) -> None:
    from .tasks import hint

    hint(schema)


def _locked(pk: int, *statuses: str) -> Import:
    row = Import.objects.select_for_update().get(pk=pk)
    if row.status not in statuses:
        raise Refused(f"This import is {row.get_status_display().lower()}; that can't be done now.")
    return row
