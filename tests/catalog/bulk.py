"""What the tests of the bulk share."""

from __future__ import annotations

from typing import Any

import orjson
from django.test import Client

ADDRESS = "/api/v1/catalog/items"
NDJSON = "application/x-ndjson"


def ndjson(*rows: Any) -> bytes:
    """Rows as lines; bytes go as they are."""
    return b"\n".join(row if isinstance(row, bytes) else orjson.dumps(row) for row in rows) + b"\n"


def post(client: Client, *rows: Any, **extra: Any) -> Any:
    return client.post(ADDRESS, ndjson(*rows), content_type=NDJSON, **extra)


def dress(item_id: str = "D1", **fields: Any) -> dict[str, Any]:
    return {"item_id": item_id, "title": "Linen dress", "category": "Women > Dresses", "price": 79, **fields}
