"""An order that comes again under another messageId: from the shop's page and from its server, or from a page reloaded.

Order numbers begin anew in some shops, so that the number alone is not enough: it is the same order when the same
person placed it, or when it holds the same products for the same money.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from uuid import UUID

import msgspec
from psycopg import Cursor

from tenants.crypto import blind_index
from tenants.scope import Scope

from ..processing.decode import TRACK, Occurrence

NAMES = frozenset({"order completed", "completed order"})


def repeated(cursor: Cursor, scope: Scope, events: Sequence[tuple[int, Occurrence]]) -> list[int]:
    """Which of the (number, event) repeat an order that counted, in this batch or within 28 days."""
    found = {i: keys for i, event in events if (keys := _keys(scope.tenant_id, event))}
    if not found:
        return []
    by_number = dict(events)
    owner: dict[UUID, str] = {}
    # The first in the batch's order is the one that counts.
    for i, keys in found.items():
        for key in keys:
            owner.setdefault(key, by_number[i].claimed.message_key)
    table = f'"{scope.schema}".profiles_orderseen'
    keys = sorted(owner)
    # In the order of the keys, so that two workers with the same orders can't lock each other out.
    cursor.execute(
        f"""INSERT INTO {table} (key, message_key, seen_on)
            SELECT key, message_key, (now() AT TIME ZONE 'UTC')::date
            FROM unnest(%s::uuid[], %s::uuid[]) AS t(key, message_key) ORDER BY key ON CONFLICT DO NOTHING""",
        [keys, [owner[key] for key in keys]],
    )
    rows = cursor.execute(
        f"SELECT key, message_key::text FROM {table} WHERE key = ANY(%s)", [keys]
    ).fetchall()
    counted: dict[UUID, str] = dict(rows)
    return [
        i
        for i, mine in found.items()
        if any(counted.get(key) != by_number[i].claimed.message_key for key in mine)
    ]


def release(cursor: Cursor, schema: str, message_keys: Sequence[str]) -> None:
    """Events that failed after all: their orders have not counted."""
    if message_keys:
        cursor.execute(
            f'DELETE FROM "{schema}".profiles_orderseen WHERE message_key = ANY(%s::uuid[])',
            [list(message_keys)],
        )


def _keys(tenant_id: int, event: Occurrence) -> list[UUID]:
    if event.type != TRACK or event.name.strip().lower() not in NAMES:
        return []
    number = event.properties.get("order_id")
    if not isinstance(number, str | int) or not str(number).strip():
        return []
    order = f"{event.name.strip().lower()}\x00{str(number).strip()}\x00"
    parts = [order + event.claimed.handle.hex()]
    products = event.properties.get("products")
    if isinstance(products, list) and products:
        what = sorted(str(p.get("product_id") or p.get("sku")) for p in products if isinstance(p, dict))
        money = event.properties.get("revenue") or event.properties.get("total")
        digest = blake2b(msgspec.json.encode([what, str(money)]), digest_size=16).hexdigest()
        parts.append(f"{order}{digest}")
    return [UUID(bytes=blind_index(tenant_id, "order", part)) for part in parts]
