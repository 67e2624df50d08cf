"""What a processed batch of events changes here, in the batch's own transaction: shopper states and item counts."""

from __future__ import annotations

import numpy as np
from django.db import connection
from psycopg import Cursor

from profiles.batch import ProcessedBatch
from tenants.scope import Scope

from .live_states import append_to_states, join_states, rebuild_states_of


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
    with Cursor(connection.connection) as cursor:
        join_states(cursor, scope.schema, batch.merged)
        if len(columns["profile_id"]):
            _count_item_days(cursor, scope.schema, columns)
            append_to_states(cursor, scope.schema, columns)
        if batch.rebuilt:
            rebuild_states_of(cursor, scope.schema, batch.rebuilt)


def _count_item_days(cursor: Cursor, schema: str, columns: dict[str, np.ndarray]) -> None:
    day = columns["at"] // 86400
    pairs, place = np.unique(np.stack([columns["item_pk"], day]), axis=1, return_inverse=True)
    place = place.reshape(-1)

    def counted(*kinds: int) -> list[int]:
        return np.bincount(place, np.isin(columns["kind"], kinds), len(pairs[0])).astype(int).tolist()

    revenue = np.bincount(place, columns["value"] * (columns["kind"] == 3), len(pairs[0])).tolist()
    # np.unique gave the pairs in order: two batches lock shared rows in the same order.
    cursor.execute(
        f"""INSERT INTO "{schema}".recommendations_itemday AS d (day, item_id, views, carts, purchases, revenue)
            SELECT '1970-01-01'::date + day, item, views, carts, purchases, revenue
            FROM unnest(%b::bigint[], %b::int[], %b::int[], %b::int[], %b::int[], %b::float[])
                 AS t(item, day, views, carts, purchases, revenue)
            ON CONFLICT (day, item_id) DO UPDATE SET
                views = d.views + EXCLUDED.views, carts = d.carts + EXCLUDED.carts,
                purchases = d.purchases + EXCLUDED.purchases, revenue = d.revenue + EXCLUDED.revenue""",
        [pairs[0].tolist(), pairs[1].tolist(), counted(1, 6), counted(2), counted(3), revenue],
    )
