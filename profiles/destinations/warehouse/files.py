"""Our record of a warehouse's files: written before a file is, so that it never knows less than the storage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tenants.scope import Scope

from ..models import ExportFile
from .parquet import Part
from .stores import Store


def publish(
    store: Store,
    destination_id: int,
    table: str,
    path: str,
    part: Part,
    *,
    delivery_key: UUID | None = None,
    replaces: Sequence[ExportFile] = (),
) -> ExportFile:
    """Put the file where readers see it. Killed anywhere in between, the same call again ends in the same state.

    `replaces`: files that count no more as soon as this one does; who calls withdraws them.
    """
    with transaction.atomic():
        row, _ = ExportFile.objects.select_for_update().get_or_create(
            destination_id=destination_id, path=path, defaults={"table": table, "written_at": timezone.now()}
        )
        row.table, row.day, row.delivery_key = table, part.day, delivery_key
        # Who is in the file that is replaced, and who is in the new one.
        row.profile_ids = sorted({*row.profile_ids, *part.people})
        row.save()
    part.content.seek(0)
    size = store.put(path, part.content)
    row.profile_ids, row.rows, row.bytes = sorted(part.people), part.rows, size
    row.published, row.written_at = True, timezone.now()
    with transaction.atomic():
        row.save()
        ExportFile.objects.filter(pk__in=[old.pk for old in replaces]).exclude(pk=row.pk).update(
            published=False
        )
    return row


def withdraw(store: Store, rows: Iterable[ExportFile]) -> int:
    """Delete files, then what we know of them; how many."""
    count = 0
    for row in rows:
        store.delete(row.path)
        row.delete()
        count += 1
    return count


def of_delivery(destination_id: int, key: UUID) -> dict[str, ExportFile]:
    """Path → file that an earlier try of the delivery may have published."""
    return {
        row.path: row for row in ExportFile.objects.filter(destination_id=destination_id, delivery_key=key)
    }


def at(destination_id: int, path: str) -> Iterable[ExportFile]:
    return ExportFile.objects.filter(destination_id=destination_id, path=path)


def path_of(table: str, day: dt.date, name: str) -> str:
    return f"{table}/dt={day:%Y-%m-%d}/{name}.parquet"


def hand_over(scope: Scope, destination_id: int) -> None:
    """The destination is no more: files that are still there are the merchant's from now on."""
    ExportFile.objects.filter(destination_id=destination_id).delete()
