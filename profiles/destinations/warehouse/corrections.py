"""Rows of shoppers who were taken apart: files that were written while they were one carry the other's pseudonym.

What was taken apart is noted in its own transaction, as a delivery with retries and a dead letter like any other. Rows
whose owner the database knows by their key are written anew with the right pseudonym; what was decided for the two as one
stays with whom it was decided for.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping, Sequence

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction
from django.utils import timezone
from psycopg import Cursor

from tenants.connectors.base import Link, Sent
from tenants.workspace.models import Delivery

from ..models import ExportFile
from ..people import pseudonyms
from ..plan import add_snapshot
from ..table import Owned, Table, tables
from . import describe, files
from .parquet import COMPRESSION, Part
from .stores import Store

STREAM = "separated"
LABEL = "Shoppers taken apart"


def note(cursor: Cursor, schema: str, split: Sequence[tuple[int, int]]) -> None:
    """Have every destination's files corrected for (from, to); in the transaction that took them apart."""
    if split:
        people = sorted({profile for pair in split for profile in pair})
        cursor.execute(
            f"""INSERT INTO "{schema}".workspace_delivery
                    (destination_id, stream, key, portion, history, state, attempts, next_at, error, rows, left_out, bytes,
                     created_at)
                SELECT id, %b, gen_random_uuid(), %b::jsonb, false, 'waiting', 0, now(), '', 0, 0, 0, now()
                FROM "{schema}".workspace_destination WHERE state <> 'removing'""",
            [STREAM, orjson.dumps({"profiles": people}).decode()],
        )


def deliver(store: Store, link: Link, delivery: Delivery) -> Sent:
    """Write the files anew that hold rows of somebody else's. Running it again changes nothing."""
    profiles = [int(profile) for profile in delivery.portion["profiles"]]
    moved, size, touched = 0, 0, set()
    for row in ExportFile.objects.filter(
        destination_id=link.id, published=True, profile_ids__overlap=profiles
    ).order_by("path"):
        table = tables().get(row.table)
        if table is None or table.owned is None:
            continue
        rows, written = _rewrite(store, link, row, table, table.owned, profiles)
        if written:
            moved, size = moved + rows, size + written
            touched.add(table.name)
    if "merges" in link.streams:
        now = timezone.now()
        with transaction.atomic(), Cursor(connection.connection) as cursor:
            add_snapshot(cursor, link, tables()["merges"], now.astimezone(dt.UTC).date(), now)
    for name in sorted(touched):
        describe.publish(store, link, tables()[name])
    return Sent(moved, size)


def _rewrite(
    store: Store, link: Link, row: ExportFile, table: Table, owned: Owned, profiles: Sequence[int]
) -> tuple[int, int]:
    """(rows that were somebody else's, bytes of the new file); nothing is written when there is none."""
    moved, people = 0, set(row.profile_ids)
    with tempfile.TemporaryFile() as old, tempfile.TemporaryFile() as new:
        if not store.get(row.path, old):
            return 0, 0  # the merchant deleted it
        old.seek(0)
        source = pq.ParquetFile(old)
        kept = 0
        with pq.ParquetWriter(new, source.schema_arrow, compression=COMPRESSION) as writer:
            for group in range(source.num_row_groups):
                piece, changed, owners = _right(link, source.read_row_group(group), owned, profiles)
                moved, kept, people = moved + changed, kept + piece.num_rows, people | owners
                writer.write_table(piece)
        if not moved:
            return 0, 0
        if not kept:
            files.withdraw(store, [row])
            return moved, 1
        part = Part(row.day or row.written_at.date(), new, kept, people)
        return moved, files.publish(
            store, link.id, table.name, row.path, part, delivery_key=row.delivery_key
        ).bytes


def _right(
    link: Link, piece: pa.Table, owned: Owned, profiles: Sequence[int]
) -> tuple[pa.Table, int, set[int]]:
    """(the rows with the pseudonyms that are right now, how many changed, who they are of)."""
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        ours = _names(cursor, link, profiles)
        shown = piece["profile"].to_pylist()
        places = [place for place, uuid in enumerate(shown) if uuid in ours]
        keys = piece.take(places).select(list(owned.columns)).to_pylist() if places else []
        found = owned.of(cursor, link.scope.schema, [tuple(key.values()) for key in keys])
        who = pseudonyms(cursor, link, found)
    gone, changed, owners = set(), 0, set()
    for place, owner in zip(places, found, strict=True):
        if owner is None:
            continue  # the row that would tell is not kept any more
        now = who.get(owner)
        if now is None:  # does not agree to analytics
            gone.add(place)
        elif now[1] != shown[place]:
            shown[place] = now[1]
        else:
            continue
        changed += 1
        owners |= {now[0]} if now else set()
    column = piece.schema.get_field_index("profile")
    piece = piece.set_column(column, piece.schema.field(column), pa.array(shown, pa.string()))
    if gone:
        piece = piece.take([place for place in range(piece.num_rows) if place not in gone])
    return piece, changed, owners


def _names(cursor: Cursor, link: Link, profiles: Sequence[int]) -> set[str]:
    """Pseudonyms that rows of these may carry."""
    rows = cursor.execute(
        f"""SELECT uuid::text FROM "{link.scope.schema}".profiles_profile WHERE id = ANY(%b::bigint[])
            UNION SELECT gone_uuid::text FROM "{link.scope.schema}".profiles_merge
            WHERE gone_id = ANY(%b::bigint[]) OR kept_id = ANY(%b::bigint[])""",
        [list(profiles)] * 3,
    ).fetchall()
    return {row[0] for row in rows}


LABELS: Mapping[str, str] = {STREAM: LABEL}
