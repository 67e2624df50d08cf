"""Small files of finished days put together, and snapshots that are old enough to go."""

from __future__ import annotations

import datetime as dt
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq
from django.db.models import Count

from tenants.connectors.base import Link

from ..models import ExportFile
from ..table import Table, tables
from . import files
from .parquet import COMPRESSION, Part, schema_of
from .stores import Store

NAME = "day"
# Days with more files than this are put together; so many a night, the oldest first.
MOST_FILES = 1
MOST_DAYS = 60
ROW_GROUP = 50_000
SNAPSHOTS_KEPT = 14


def finished_days(store: Store, link: Link, today: dt.date) -> int:
    """Put together the files of days before today; how many days. Rows are kept once by the table's key."""
    names = [table.name for table in tables().values() if table.kind in ("queue", "numbered")]
    days = (
        ExportFile.objects.filter(destination_id=link.id, table__in=names, day__lt=today, published=True)
        .values("table", "day")
        .annotate(count=Count("id"))
        .filter(count__gt=MOST_FILES)
        .order_by("day")[:MOST_DAYS]
    )
    found = [(tables()[row["table"]], row["day"]) for row in days if row["day"]]
    for table, day in found:
        _one_day(store, link, table, day)
    return len(found)


def _one_day(store: Store, link: Link, table: Table, day: dt.date) -> None:
    """The new file goes first, then the old ones: nothing is missing at any moment, killed or not.

    A reader who lists the folder in between can see a row twice; the manifest, written at the end, names what counts.
    Killed before the old ones are gone, the next night keeps each row once.
    """
    target = files.path_of(table.name, day, NAME)
    old = list(
        ExportFile.objects.filter(destination_id=link.id, table=table.name, day=day, published=True).order_by(
            "path"
        )
    )
    people: set[int] = set()
    pieces = []
    for row in old:
        with tempfile.TemporaryFile() as content:
            if store.get(row.path, content):
                content.seek(0)
                pieces.append(pq.read_table(content))
                people |= set(row.profile_ids)
    if pieces:
        whole = _once(table, pieces)
        with tempfile.TemporaryFile() as new:
            pq.write_table(whole, new, compression=COMPRESSION, row_group_size=ROW_GROUP)
            files.publish(store, link.id, table.name, target, Part(day, new, whole.num_rows, people))
    files.withdraw(store, [row for row in old if row.path != target])


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
