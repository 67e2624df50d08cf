"""What readers need beside the files: the columns with a sentence each, and the list of files that count."""

from __future__ import annotations

import datetime as dt
import io

import orjson
from django.utils import timezone

from tenants.connectors.base import Link
from tenants.workspace.models import Delivery

from ..models import ExportFile
from ..table import Table
from .stores import Store

# Hive, Spark, Trino and BigQuery take no file for data whose name begins so.
SCHEMA, MANIFEST = "_schema.json", "_manifest.json"


def publish(store: Store, link: Link, table: Table, *, delivered: Delivery | None = None) -> None:
    """Write both files of the table anew. A snapshot is listed once all of its portions are there; `delivered` is."""
    files = list(
        ExportFile.objects.filter(destination_id=link.id, table=table.name, published=True)
        .exclude(day__in=_incomplete(link, table, delivered))
        .order_by("day", "path")
        .values("path", "day", "rows", "bytes")
    )
    now = timezone.now()
    newest = (
        {"latest": max((one["day"] for one in files if one["day"]), default=None)}
        if table.kind == "snapshot"
        else {}
    )
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
        {
            "table": table.name,
            "written_at": now,
            **newest,
            "rows": sum(one["rows"] for one in files),
            "files": files,
        },
    )


def _incomplete(link: Link, table: Table, delivered: Delivery | None) -> set[dt.date]:
    """Days of a snapshot with portions that did not arrive yet."""
    if table.kind != "snapshot":
        return set()
    missing = Delivery.objects.filter(destination_id=link.id, stream=table.name, portion__has_key="part")
    missing = missing.exclude(state=Delivery.State.SENT).exclude(pk=delivered.pk if delivered else 0)
    return {dt.date.fromisoformat(day) for day in missing.values_list("portion__day", flat=True)}


def withdraw(store: Store, table: Table) -> None:
    for name in (SCHEMA, MANIFEST):
        store.delete(f"{table.name}/{name}")


def _put(store: Store, path: str, document: dict[str, object]) -> None:
    store.put(path, io.BytesIO(orjson.dumps(document, option=orjson.OPT_INDENT_2)))
