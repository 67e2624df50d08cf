"""The one statement that lays a batch of items over the catalogue.

Each row carries a bit mask of the fields that were given: a field left out keeps what the item has, or takes its
default on a new item. A row in which nothing differs is not written.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from msgspec import UNSET
from msgspec.json import encode

from ..lines import ItemInput

# Column, SQL type, default of a new item. The position is the field's bit.
COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("kind", "text", "'product'"),
    ("status", "text", "'active'"),
    ("title", "text", "''"),
    ("description", "text", "''"),
    ("brand", "text", "''"),
    ("category", "text", "''"),
    ("price", "numeric", "NULL"),
    ("currency", "text", "''"),
    ("available", "bool", "true"),
    ("banned", "bool", "false"),
    ("age_min", "smallint", "0"),
    ("url", "text", "''"),
    ("image", "text", "''"),
    ("attributes", "jsonb", "'{}'"),
    ("starts_at", "timestamptz", "NULL"),
    ("ends_at", "timestamptz", "NULL"),
)
NAMES = tuple(name for name, _, _ in COLUMNS)
# All bits: fields that were not given count as given and empty.
EVERYTHING = -1


def upsert_sql(schema: str) -> str:
    """Parameters: see `parameters`. Returns per written row: pk, item id, whether it is new, its content digest.

    The rows travel as one JSON text, which is several times faster to make than an array per column.
    """
    table = f'"{schema}".catalog_item'
    given = ",\n".join(
        f"CASE WHEN n.given & {1 << bit} > 0 THEN coalesce(n.{name}, {default}) "
        f"ELSE coalesce(o.{name}, {default}) END"
        for bit, (name, _, default) in enumerate(COLUMNS)
    )
    return f"""
        INSERT INTO {table} AS i (external_id, {", ".join(NAMES)}, created_at, updated_at)
        SELECT n.external_id, {given}, stamp.at, stamp.at
        FROM ROWS FROM (
            json_to_recordset(%s::json) AS (item_id text, {", ".join(f"{name} {kind}" for name, kind, _ in COLUMNS)}),
            unnest(%s::int[])) AS n (external_id, {", ".join(NAMES)}, given)
        CROSS JOIN (SELECT %s::timestamptz AS at) stamp
        LEFT JOIN {table} o ON o.external_id = n.external_id
        ORDER BY n.external_id
        ON CONFLICT (external_id) DO UPDATE SET
            {", ".join(f"{name} = excluded.{name}" for name in NAMES)}, updated_at = excluded.updated_at
        WHERE ({", ".join(f"i.{name}" for name in NAMES)})
              IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in NAMES)})
        RETURNING id, external_id, xmax = 0, content_digest"""


def parameters(rows: list[ItemInput], masks: list[int]) -> list[Any]:
    """The rows as JSON, their masks, the time of the change."""
    return [encode(rows).decode(), masks, timezone.now()]


def mask_of(row: ItemInput) -> int:
    """A bit per given field."""
    return sum(1 << bit for bit, name in enumerate(NAMES) if getattr(row, name) is not UNSET)
