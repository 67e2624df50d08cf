"""What readers need beside the files: the columns with a sentence each, and the list of files that count."""

from __future__ import annotations

import io

import orjson
from django.utils import timezone

from tenants.connectors.base import Link

from ..models import ExportFile
from ..table import Table
from .stores import Store

# Hive, Spark, Trino and BigQuery take no file for data whose name begins so.
SCHEMA, MANIFEST = "_schema.json", "_manifest.json"


def publish(store: Store, link: Link, table: Table) -> None:
    """Write both files of the table anew."""
    files = list(
        ExportFile.objects.filter(destination_id=link.id, table=table.name, published=True)
        .order_by("day", "path")
        .values("path", "day", "rows", "bytes")
    )
    now = timezone.now()
    _put(
        store,
        f"{table.name}/{SCHEMA}",
        {
            "table": table.name,
            "about": table.about,
            "key": table.key,
            "partition": "dt",
            "columns": [{"name": c.name, "type": c.type, "about": c.about} for c in table.columns],
        },
    )
    _put(
        store,
        f"{table.name}/{MANIFEST}",
        {"table": table.name, "written_at": now, "rows": sum(one["rows"] for one in files), "files": files},
    )


def withdraw(store: Store, table: Table) -> None:
    for name in (SCHEMA, MANIFEST):
        store.delete(f"{table.name}/{name}")


def _put(store: Store, path: str, document: dict[str, object]) -> None:
    store.put(path, io.BytesIO(orjson.dumps(document, option=orjson.OPT_INDENT_2)))
