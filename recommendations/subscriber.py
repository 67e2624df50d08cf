"""What a processed batch of events changes here, in the batch's own transaction: shopper states and item counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.db import connection

from profiles.batch import ProcessedBatch
from tenants.scope import Scope

from .learning.data import BadHistory, ShopperHistory
from .state import history_of, serving_kinds


def on_events(scope: Scope, batch: ProcessedBatch) -> None:
    """Append the batch's interactions to its shoppers' states: the next answer knows of them (fold-in)."""
    columns: dict[str, np.ndarray] = {
        "profile_id": np.asarray(batch.profile_id, np.int64),
        "item_pk": np.asarray(batch.item_pk, np.int64),
        "at": np.asarray(batch.at, np.int64),
        "kind": np.asarray(batch.kind, np.uint8),
        "quantity": np.asarray(batch.quantity, np.float32),
        "value": np.asarray(batch.value, np.float32),
        "place": np.asarray(batch.place, np.int32),
    }
    if batch.merged:
        _join_states(scope.schema, batch.merged)
    if len(columns["profile_id"]):
        _count_item_days(scope.schema, columns)
    keep = serving_kinds(columns["kind"]) > 0
    columns = {name: column[keep] for name, column in columns.items()}
    if len(columns["profile_id"]):
        _append(scope.schema, columns)


def _append(schema: str, columns: dict[str, np.ndarray]) -> None:
    shoppers = np.unique(columns["profile_id"])
    with connection.cursor() as cursor:
        # The profiles' rows are locked by the batch already, so nobody else writes these states meanwhile.
        cursor.execute(
            f'SELECT profile_id, blob FROM "{schema}".recommendations_shopperstate WHERE profile_id = ANY(%s)',
            [shoppers.tolist()],
        )
        known = {profile_id: bytes(blob) for profile_id, blob in cursor.fetchall()}
        blobs = []
        for shopper in shoppers.tolist():
            news = history_of(columns, columns["profile_id"] == shopper)
            blobs.append(_extended(known.get(shopper), news).pack())
        cursor.execute(
            f"""INSERT INTO "{schema}".recommendations_shopperstate (profile_id, blob, updated_at)
                SELECT profile_id, blob, now() FROM unnest(%s::bigint[], %s::bytea[]) AS t(profile_id, blob)
                ON CONFLICT (profile_id) DO UPDATE SET blob = EXCLUDED.blob, updated_at = now()""",
            [shoppers.tolist(), blobs],
        )


def _join_states(schema: str, merged: Sequence[tuple[int, int]]) -> None:
    """Two shoppers turned out to be one: what was known of the one who is gone now belongs to the one who is kept."""
    with connection.cursor() as cursor:
        for gone, kept in merged:
            cursor.execute(
                f'DELETE FROM "{schema}".recommendations_shopperstate WHERE profile_id = %s RETURNING blob',
                [gone],
            )
            row = cursor.fetchone()
            if row is None:
                continue
            cursor.execute(
                f'SELECT blob FROM "{schema}".recommendations_shopperstate WHERE profile_id = %s', [kept]
            )
            before = cursor.fetchone()
            blob = _extended(
                bytes(before[0]) if before else None, ShopperHistory.unpack(bytes(row[0]))
            ).pack()
            cursor.execute(
                f"""INSERT INTO "{schema}".recommendations_shopperstate (profile_id, blob, updated_at)
                    VALUES (%s, %s, now())
                    ON CONFLICT (profile_id) DO UPDATE SET blob = EXCLUDED.blob, updated_at = now()""",
                [kept, blob],
            )


def _extended(blob: bytes | None, news: ShopperHistory) -> ShopperHistory:
    if blob is None:
        return news
    try:
        before = ShopperHistory.unpack(blob)
    except BadHistory:
        # Of a format of another release: `manage.py rebuild_states` makes it anew; until then the news count.
        return news
    return before.append(news.item_pk, news.at, news.kind, news.quantity, news.value, news.place)


def _count_item_days(schema: str, columns: dict[str, np.ndarray]) -> None:
    day = columns["at"] // 86400
    pairs, place = np.unique(np.stack([columns["item_pk"], day]), axis=1, return_inverse=True)
    place = place.reshape(-1)

    def counted(*kinds: int) -> list[int]:
        return np.bincount(place, np.isin(columns["kind"], kinds), len(pairs[0])).astype(int).tolist()

    revenue = np.bincount(place, columns["value"] * (columns["kind"] == 3), len(pairs[0])).tolist()
    with connection.cursor() as cursor:
        # np.unique gave the pairs in order: two batches lock shared rows in the same order.
        cursor.execute(
            f"""INSERT INTO "{schema}".recommendations_itemday AS d (day, item_id, views, carts, purchases, revenue)
                SELECT '1970-01-01'::date + day, item, views, carts, purchases, revenue
                FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[], %s::float[])
                     AS t(item, day, views, carts, purchases, revenue)
                ON CONFLICT (day, item_id) DO UPDATE SET
                    views = d.views + EXCLUDED.views, carts = d.carts + EXCLUDED.carts,
                    purchases = d.purchases + EXCLUDED.purchases, revenue = d.revenue + EXCLUDED.revenue""",
            [pairs[0].tolist(), pairs[1].tolist(), counted(1, 6), counted(2), counted(3), revenue],
        )
