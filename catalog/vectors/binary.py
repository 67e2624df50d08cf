"""Vectors through COPY in Postgres' binary form: a hundred thousand in a fraction of a second.

Rows as in `tenants.columns`; a vector is its dimension and an unused word (int16 each), then float32s (pgvector's
`vector_send`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tenants.columns import HEADER, TRAILER

DIMENSIONS = 64
_VECTOR = [("vector_size", ">i4"), ("dim", ">i2"), ("unused", ">i2"), ("vector", ">f4", (DIMENSIONS,))]
_ROW = np.dtype([("fields", ">i2"), ("pk_size", ">i4"), ("pk", ">i8"), *_VECTOR])


def decode(data: bytes) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(keys, vectors) of `COPY (SELECT item_id, vector …) TO STDOUT (FORMAT binary)`."""
    rows = np.frombuffer(data, _ROW, offset=len(HEADER), count=(len(data) - len(HEADER) - 2) // _ROW.itemsize)
    return rows["pk"].astype(np.int64), rows["vector"].astype(np.float32)


def encode(
    pks: NDArray[np.int64], embedder: str, digests: list[bytes], vectors: NDArray[np.float32]
) -> bytes:
    """Rows of (item_id, embedder, content_digest, vector) for COPY … FROM STDIN (FORMAT binary)."""
    name = embedder.encode()
    row = np.dtype(
        [
            ("fields", ">i2"),
            ("pk_size", ">i4"),
            ("pk", ">i8"),
            ("name_size", ">i4"),
            ("name", f"S{len(name)}"),
            ("digest_size", ">i4"),
            ("digest", "V16"),
            *_VECTOR,
        ]
    )
    rows = np.zeros(len(pks), row)
    rows["fields"] = 4
    rows["pk_size"], rows["pk"] = 8, pks
    rows["name_size"], rows["name"] = len(name), name
    rows["digest_size"] = 16
    rows["digest"] = np.frombuffer(b"".join(digests), "V16")
    rows["vector_size"], rows["dim"] = 4 + 4 * DIMENSIONS, DIMENSIONS
    rows["vector"] = vectors
    return HEADER + rows.tobytes() + TRAILER
