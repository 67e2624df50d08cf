"""Small files of finished days put together, and snapshots that are old enough to go."""

from __future__ import annotations

import datetime as dt
import itertools
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq
from django.db.models import Count

from tenants.connectors.base import Link
from tenants.workspace.models import Delivery

from ..models import ExportFile
from ..table import Table, tables
from . import files
from .parquet import COMPRESSION, Part, schema_of
from .stores import Store

NAME = "day"
# Days with more small files than this have them put together; so many a night, the oldest first.
MOST_FILES = 1
MOST_DAYS = 60
# A file of so many rows is large enough, and no more are in the memory at once.
MOST_ROWS = 250_000
ROW_GROUP = 50_000
SNAPSHOTS_KEPT = 14


def finished_days(store: Store, link: Link, today: dt.date) -> int:
    """Put together the small files of days before today; how many days. Rows are kept once by the table's key."""
    _finish_replacing(store, link, today)
    names = [table.name for table in tables().values() if table.kind in ("queue", "numbered")]
    days = (
        ExportFile.objects.filter(
            destination_id=link.id, table__in=names, day__lt=today, published=True, rows__lt=MOST_ROWS
        )
        .values("table", "day")
        .annotate(count=Count("id"))
        .filter(count__gt=MOST_FILES)
        .order_by("day")[:MOST_DAYS]
    )
    found = [(tables()[row["table"]], row["day"]) for row in days if row["day"]]
    for table, day in found:
        for group in _groups(link, table, day):
            _together(store, link, table, day, group)
    return len(found)


def _finish_replacing(store: Store, link: Link, today: dt.date) -> int:
    """Delete files that a larger one replaced, or that never came to count, when a worker was killed on the way."""
    unfinished = Delivery.objects.filter(destination_id=link.id).exclude(
        state__in=(Delivery.State.SENT, Delivery.State.DISCARDED)
    )
    left = ExportFile.objects.filter(destination_id=link.id, published=False, day__lt=today)
    return files.withdraw(
        store,
        [row for row in left if not row.delivery_key or not unfinished.filter(key=row.delivery_key).exists()],
    )


def _groups(link: Link, table: Table, day: dt.date) -> list[list[ExportFile]]:
    """Small files of the day, as many together as make a large one."""
    small = ExportFile.objects.filter(
        destination_id=link.id, table=table.name, day=day, published=True, rows__lt=MOST_ROWS
    )
    groups: list[list[ExportFile]] = [[]]
    for row in small.order_by("path"):
        if groups[-1] and sum(one.rows for one in groups[-1]) + row.rows > MOST_ROWS:
            groups.append([])
        groups[-1].append(row)
    return [group for group in groups if len(group) > MOST_FILES]


def _together(store: Store, link: Link, table: Table, day: dt.date, old: list[ExportFile]) -> None:
    """The new file goes first, then the old ones: nothing is missing at any moment, killed or not.

    Which of them count changes in one transaction. A reader who lists the folder meanwhile can see a row twice; the
    manifest names what counts. What is left of the old ones after a kill goes the next night.
    """
    people: set[int] = set()
    pieces = []
    for row in old:
        with tempfile.TemporaryFile() as content:
            if store.get(row.path, content):
                content.seek(0)
                pieces.append(pq.read_table(content))
                people |= set(row.profile_ids)
    if pieces:
        target = _free_path(link, table, day, old)
        whole = _once(table, pieces)
        with tempfile.TemporaryFile() as new:
            pq.write_table(whole, new, compression=COMPRESSION, row_group_size=ROW_GROUP)
            part = Part(day, new, whole.num_rows, people)
            made = files.publish(store, link.id, table.name, target, part, replaces=old)
            old = [row for row in old if row.path != made.path]
    files.withdraw(store, old)


def _free_path(link: Link, table: Table, day: dt.date, old: list[ExportFile]) -> str:
    """A path under which no other file counts; of the files that are replaced, the one that has it already."""
    taken = ExportFile.objects.filter(destination_id=link.id, table=table.name, day=day, published=True)
    others = set(taken.exclude(pk__in=[row.pk for row in old]).values_list("path", flat=True))
    names = (NAME if number == 1 else f"{NAME}-{number}" for number in itertools.count(1))
    return next(path for name in names if (path := files.path_of(table.name, day, name)) not in others)


def _once(table: Table, pieces: list[pa.Table]) -> pa.Table:
    """All rows, each key once, with today's columns, sorted by shopper: whoever looks for one reads few row groups."""
    whole = pa.concat_tables([_with_todays_columns(table, piece) for piece in pieces])
    keys = whole[table.key].to_pylist()
    last = {key: position for position, key in enumerate(keys)}
    if len(last) < len(keys):
        whole = whole.take(sorted(last.values()))
    return whole.sort_by([("profile", "ascending"), (table.key, "ascending")])


def _with_todays_columns(table: Table, piece: pa.Table) -> pa.Table:
    """Columns that a file did not know yet are empty in it."""
    schema = schema_of(table)
    for field in schema:
        if field.name not in piece.column_names:
            piece = piece.append_column(field, pa.nulls(piece.num_rows, field.type))
    return piece.select(schema.names).cast(schema)


def old_snapshots(store: Store, link: Link, today: dt.date) -> int:
    """Delete snapshots beyond those that are kept; how many."""
    names = [table.name for table in tables().values() if table.kind == "snapshot"]
    return files.withdraw(
        store,
        ExportFile.objects.filter(
            destination_id=link.id, table__in=names, day__lt=today - dt.timedelta(days=SNAPSHOTS_KEPT)
        ),
    )
