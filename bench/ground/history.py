"""Files of history to import: events of the tracking spec as NDJSON, flat lines as Parquet; the same ones each time."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

FROM = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
SECONDS = 300 * 86_400
ITEMS = 5_000
LINES_A_SHOPPER = 20
# As pandas and pyarrow write them unless told otherwise: a million rows in one group.
ROW_GROUP = 1 << 20
_NAMES = ("Product Viewed", "Product Viewed", "Product Viewed", "Product Added")
_PIECE = 2_000


def ndjson(lines: int, mark: str) -> Iterator[bytes]:
    """Pieces of the file, some two thousand lines each; `mark` keeps its shoppers apart from another file's."""
    rng = random.Random(1)
    for start in range(0, lines, _PIECE):
        yield b"".join(
            orjson.dumps(
                {
                    "type": "track",
                    "messageId": f"{mark}-{number}",
                    "userId": f"{mark}-{rng.randrange(max(1, lines // LINES_A_SHOPPER))}",
                    "event": rng.choice(_NAMES),
                    "timestamp": (FROM + dt.timedelta(seconds=rng.randrange(SECONDS))).isoformat(),
                    "properties": {
                        "product_id": f"p{rng.randrange(ITEMS)}",
                        "price": rng.randrange(9000) / 100,
                    },
                }
            )
            + b"\n"
            for number in range(start, min(start + _PIECE, lines))
        )


def write_parquet(path: Path, lines: int, mark: str) -> None:
    """The same kind of lines as columns that have to be mapped, in as large row groups as writers make."""
    rng = random.Random(2)
    schema = pa.schema(
        [
            ("customer_id", pa.string()),
            ("event", pa.string()),
            ("time", pa.timestamp("us", tz="UTC")),
            ("sku", pa.string()),
            ("price", pa.float64()),
        ]
    )
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, lines, ROW_GROUP):
            count = min(ROW_GROUP, lines - start)
            shoppers = max(1, lines // LINES_A_SHOPPER)
            columns = [
                [f"{mark}-{rng.randrange(shoppers)}" for _ in range(count)],
                [rng.choice(_NAMES) for _ in range(count)],
                [
                    FROM + dt.timedelta(seconds=rng.randrange(SECONDS), microseconds=start + n)
                    for n in range(count)
                ],
                [f"p{rng.randrange(ITEMS)}" for _ in range(count)],
                [rng.randrange(9000) / 100 for _ in range(count)],
            ]
            writer.write_table(pa.table(columns, schema=schema))
