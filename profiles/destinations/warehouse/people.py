"""People taken out of files that were published: erased, or no longer willing."""

from __future__ import annotations

import tempfile
from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection
from psycopg import Cursor

from compliance.consent.permission import default_sql
from tenants.connectors.base import Link, Trouble

from ..models import ExportFile
from ..people import PURPOSE
from ..table import tables
from . import files
from .parquet import COMPRESSION, Part
from .stores import Store

# Columns that say whose a row is.
COLUMNS = ("profile", "former")


def take_out(store: Store, link: Link, profile_ids: Collection[int], pseudonyms: Collection[str]) -> int:
    """Write every file anew that holds one of the people; how many files. Running it again finds none."""
    rows = list(
        ExportFile.objects.filter(destination_id=link.id, profile_ids__overlap=list(profile_ids)).order_by(
            "path"
        )
    )
    for row in rows:
        _rewrite(store, link, row, set(profile_ids), set(pseudonyms))
    return len(rows)


def _rewrite(store: Store, link: Link, row: ExportFile, gone: set[int], pseudonyms: set[str]) -> None:
    with tempfile.TemporaryFile() as old:
        if not store.get(row.path, old):
            row.delete()  # never published, or deleted by the merchant
            return
        old.seek(0)
        try:
            source = pq.ParquetFile(old)
        except pa.ArrowInvalid as error:
            raise Trouble(
                "A file in the destination is not what Attune wrote there.", settings=True
            ) from error
        with tempfile.TemporaryFile() as new:
            kept, wanted = 0, pa.array(sorted(pseudonyms), pa.string())
            with pq.ParquetWriter(new, source.schema_arrow, compression=COMPRESSION) as writer:
                for group in range(source.num_row_groups):
                    batch = source.read_row_group(group)
                    rest = _without(batch, wanted)
                    kept += rest.num_rows
                    writer.write_table(rest)
            if not kept:
                files.withdraw(store, [row])
                return
            part = Part(row.day or row.written_at.date(), new, kept, set(row.profile_ids) - gone)
            files.publish(store, link.id, row.table, row.path, part, delivery_key=row.delivery_key)


def _without(batch: pa.Table, pseudonyms: pa.Array) -> pa.Table:
    for column in COLUMNS:
        if column in batch.column_names:
            batch = batch.filter(pc.invert(pc.is_in(batch[column], pseudonyms)))
    return batch


def forget_unwilling(store: Store, link: Link) -> int:
    """People in our files who do not agree any more; how many. Their withdrawal reaches what was sent before."""
    connection.ensure_connection()
    schema = link.scope.schema
    with Cursor(connection.connection) as cursor:
        rows = cursor.execute(
            f"""WITH sent AS (SELECT DISTINCT unnest(profile_ids) AS id FROM "{schema}".profiles_exportfile
                              WHERE destination_id = %s)
                SELECT p.id, p.uuid::text FROM sent JOIN "{schema}".profiles_profile p USING (id)
                LEFT JOIN "{schema}".compliance_consent c
                    ON c.profile_id = p.id AND c.purpose = '{PURPOSE}' AND c.channel = ''
                WHERE NOT coalesce(c.granted, {default_sql(PURPOSE)})""",
            [link.id, schema],
        ).fetchall()
    if rows:
        gone = {profile for profile, _ in rows}
        take_out(store, link, gone, {uuid for _, uuid in rows} | _former(link, gone))
        for table in tables().values():
            if ExportFile.objects.filter(destination_id=link.id, table=table.name).exists():
                from . import describe

                describe.publish(store, link, table)
    return len(rows)


def _former(link: Link, profile_ids: Collection[int]) -> set[str]:
    """Pseudonyms of profiles that became part of these."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH RECURSIVE lost AS (
                    SELECT gone_id, gone_uuid FROM "{link.scope.schema}".profiles_merge WHERE kept_id = ANY(%s)
                    UNION
                    SELECT m.gone_id, m.gone_uuid FROM "{link.scope.schema}".profiles_merge m
                    JOIN lost l ON m.kept_id = l.gone_id)
                SELECT gone_uuid::text FROM lost""",
            [list(profile_ids)],
        )
        return {row[0] for row in cursor.fetchall()}
