"""Write vectors, with the index in place or built around a first bulk load."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from .binary import encode

INDEX = "item_vector_hnsw"
INDEX_MEMORY = "256MB"
# Inserting into the index costs many times a build; below this it does not matter.
BULK = 5_000


def write_vectors(
    schema: str, embedder: str, pks: NDArray[np.int64], digests: list[bytes], vectors: NDArray[np.float32]
) -> None:
    """Insert or replace the vectors of these items, all at once: readers see the old ones until the commit.

    A first load of many drops the index and builds it afterwards, which locks readers out; with vectors already
    being served the index is kept up row by row, which is slower and disturbs nobody.
    """
    table = f'"{schema}".catalog_itemvector'
    with transaction.atomic(), connection.cursor() as cursor:
        around = len(pks) >= BULK and _served(cursor, table) * 10 <= len(pks)
        definition = _drop_index(cursor, schema) if around else None
        cursor.execute(
            """CREATE TEMP TABLE vectors_in (item_id bigint, embedder text, content_digest bytea,
               vector public.vector) ON COMMIT DROP"""
        )
        with cursor.copy(
            "COPY vectors_in (item_id, embedder, content_digest, vector) FROM STDIN (FORMAT binary)"
        ) as copy:
            copy.write(encode(pks, embedder, digests, vectors))
        # An item may be gone by now; its vector is not wanted then.
        cursor.execute(
            f"""INSERT INTO {table} (item_id, embedder, content_digest, vector, updated_at)
                SELECT n.item_id, n.embedder, n.content_digest, n.vector, now() FROM vectors_in n
                JOIN "{schema}".catalog_item i ON i.id = n.item_id ORDER BY n.item_id
                ON CONFLICT (item_id) DO UPDATE SET embedder = excluded.embedder, vector = excluded.vector,
                    content_digest = excluded.content_digest, updated_at = excluded.updated_at"""
        )
        cursor.execute("DROP TABLE vectors_in")
        if definition:
            # The foreign key is checked at the commit; an index can't be made before that.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"SET LOCAL maintenance_work_mem = '{INDEX_MEMORY}'")
            cursor.execute(definition)


def _served(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {table}")
    return cursor.fetchone()[0]


def _drop_index(cursor: Any, schema: str) -> str | None:
    """Drop the vector index; its definition, to make the very same again."""
    cursor.execute(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND indexname = %s", [schema, INDEX]
    )
    found = cursor.fetchone()
    if found:
        cursor.execute(f'DROP INDEX "{schema}".{INDEX}')
    return found[0] if found else None
