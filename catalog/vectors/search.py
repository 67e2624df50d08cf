"""Read content vectors: the nearest items by the index, or whole matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from .binary import DIMENSIONS, decode


def nearest(schema: str, item_pk: int, k: int = 20) -> list[tuple[int, float]]:
    """(pk, cosine) of the `k` items on offer most like this one, best first; empty while it has no vector."""
    table = f'"{schema}".catalog_itemvector'
    with transaction.atomic(), connection.cursor() as cursor:
        # Items that are off offer are skipped by going on in the index, instead of coming back with too few.
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        cursor.execute("SELECT set_config('hnsw.ef_search', %s, true)", [str(min(1000, max(40, 2 * k)))])
        cursor.execute(f"SELECT vector::text, embedder FROM {table} WHERE item_id = %s", [item_pk])
        own = cursor.fetchone()
        if own is None or not any(float(number) for number in own[0].strip("[]").split(",")):
            return []
        cursor.execute(
            f"""SELECT v.item_id, -(v.vector OPERATOR(public.<#>) %s::public.vector)
                FROM {table} v JOIN "{schema}".catalog_item i ON i.id = v.item_id
                WHERE v.item_id <> %s AND v.embedder = %s AND i.status = 'active' AND i.available AND NOT i.banned
                ORDER BY v.vector OPERATOR(public.<#>) %s::public.vector LIMIT %s""",
            [own[0], item_pk, own[1], own[0], k],
        )
        return [(pk, float(cosine)) for pk, cosine in cursor.fetchall()]


def vectors_matrix(schema: str, pks: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
    """(len(pks), 64) in the order of `pks`; zeros for an item without a vector."""
    wanted = np.asarray(pks, np.int64)
    matrix = np.zeros((len(wanted), DIMENSIONS), np.float32)
    if not len(wanted):
        return matrix
    some = f"WHERE item_id IN ({','.join(map(str, wanted.tolist()))})" if len(wanted) <= 2000 else ""
    keys, vectors = _read(schema, some)
    at = np.searchsorted(keys, wanted)
    at[at == len(keys)] = 0
    found = keys[at] == wanted if len(keys) else np.zeros(len(wanted), bool)
    matrix[found] = vectors[at[found]]
    return matrix


def _read(schema: str, condition: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    with connection.cursor() as cursor:
        query = f'SELECT item_id, vector FROM "{schema}".catalog_itemvector {condition} ORDER BY item_id'
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy:
            data = b"".join(bytes(piece) for piece in copy)
    return decode(data)
