"""Variants of items: the list that is sent replaces the list that was there."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from msgspec import UNSET
from msgspec.json import encode

from ..lines import ItemInput


def store(cursor: Any, schema: str, rows: list[ItemInput], pks: dict[str, int]) -> dict[str, int]:
    """Write the variants of these items; items whose variants changed (item id → pk) get a new `updated_at`."""
    table = f'"{schema}".catalog_variant'
    owners = {pks[str(row.item_id)]: str(row.item_id) for row in rows}
    sent = [
        (pks[str(row.item_id)], variant)
        for row in rows
        if row.variants is not UNSET
        for variant in row.variants
    ]
    item_pks = [pk for pk, _ in sent]
    names = [str(variant.variant_id) for _, variant in sent]
    cursor.execute(
        f"""DELETE FROM {table} v WHERE v.item_id = ANY(%s) AND NOT EXISTS (
                SELECT FROM unnest(%s::bigint[], %s::text[]) AS n (item_id, external_id)
                WHERE n.item_id = v.item_id AND n.external_id = v.external_id)
            RETURNING item_id""",
        [list(owners), item_pks, names],
    )
    touched = {pk for (pk,) in cursor.fetchall()}
    cursor.execute(
        f"""INSERT INTO {table} AS v (item_id, external_id, title, price, available, attributes)
            SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::numeric[], %s::bool[], %s::jsonb[])
            ON CONFLICT (item_id, external_id) DO UPDATE SET title = excluded.title, price = excluded.price,
                available = excluded.available, attributes = excluded.attributes
            WHERE (v.title, v.price, v.available, v.attributes)
                  IS DISTINCT FROM (excluded.title, excluded.price, excluded.available, excluded.attributes)
            RETURNING item_id""",
        [
            item_pks,
            names,
            [variant.title for _, variant in sent],
            [variant.price for _, variant in sent],
            [variant.available for _, variant in sent],
            [encode(variant.attributes).decode() for _, variant in sent],
        ],
    )
    touched |= {pk for (pk,) in cursor.fetchall()}
    if touched:
        cursor.execute(
            f'UPDATE "{schema}".catalog_item SET updated_at = %s WHERE id = ANY(%s)',
            [timezone.now(), list(touched)],
        )
    return {owners[pk]: pk for pk in touched}
