"""The catalogue as events need it: item ids to keys, and where an item stands among others."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import Cursor

from catalog.models import Item

STANDING_SECONDS = 3600.0
_MOST_TENANTS = 50
_standings: OrderedDict[str, tuple[float, Standing]] = OrderedDict()
_lock = threading.Lock()


@dataclass(slots=True)
class Known:
    """An item as features see it; `category` is the last part of its path. `listed`: the shop's catalogue has it."""

    pk: int
    category: str
    brand: str
    listed: bool = True


@dataclass(frozen=True)
class Standing:
    """Percentiles (0 to 1) of items, by key: price within the category, purchases of the last 90 days over all."""

    pk: NDArray[np.int64]
    price: NDArray[np.float32]
    popularity: NDArray[np.float32]

    def of(self, pk: int) -> tuple[float | None, float | None]:
        row = int(np.searchsorted(self.pk, pk))
        if row >= len(self.pk) or self.pk[row] != pk:
            return None, None
        price = float(self.price[row])
        return (None if np.isnan(price) else price), float(self.popularity[row])


def listed_items(cursor: Cursor, schema: str, item_ids: Iterable[str]) -> dict[str, Known]:
    """Items by external id, those that exist; nothing is made."""
    wanted = sorted(set(item_ids))
    return _read(cursor, schema, wanted) if wanted else {}


def find_items(
    cursor: Cursor,
    schema: str,
    item_ids: Iterable[str],
    *,
    may_make: Callable[[list[str]], list[str]] = list,
) -> dict[str, Known]:
    """Items by external id. Unknown ones are made, unlisted: kept as history, shown to nobody.

    `may_make`: which of the unknown ones; the others are absent.
    Must run with the connection looking into `schema`.
    """
    wanted = sorted(set(item_ids))
    found = _read(cursor, schema, wanted)
    missing = [item_id for item_id in wanted if item_id not in found]
    missing = may_make(missing) if missing else []
    if missing:
        Item.objects.bulk_create(
            [Item(external_id=i, title=i, status=Item.Status.UNLISTED) for i in missing],
            ignore_conflicts=True,
            batch_size=2000,
        )
        found.update(_read(cursor, schema, missing))
    return found


def look_up(cursor: Cursor, schema: str, item_ids: Iterable[str]) -> dict[str, Known]:
    """Items by external id; unknown ones are absent."""
    return _read(cursor, schema, sorted(set(item_ids)))


def _read(cursor: Cursor, schema: str, item_ids: list[str]) -> dict[str, Known]:
    if not item_ids:
        return {}
    rows = cursor.execute(
        f"""SELECT external_id, id, category, brand, status <> 'unlisted' FROM "{schema}".catalog_item
            WHERE external_id = ANY(%b::text[])""",
        [item_ids],
        prepare=True,
    ).fetchall()
    return {
        external: Known(pk, category.rpartition(" > ")[2], brand, listed)
        for external, pk, category, brand, listed in rows
    }


def standing(schema: str) -> Standing:
    """Where the tenant's items stand, at most an hour old."""
    with _lock:
        entry = _standings.get(schema)
        if entry is not None and time.monotonic() - entry[0] < STANDING_SECONDS:
            _standings.move_to_end(schema)
            return entry[1]
    made = make_standing(schema)
    with _lock:
        _standings[schema] = (time.monotonic(), made)
        while len(_standings) > _MOST_TENANTS:
            _standings.popitem(last=False)
    return made


def make_standing(schema: str) -> Standing:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH bought AS (
                    SELECT item_id, count(*) AS n FROM "{schema}".profiles_interaction
                    WHERE kind = 3 AND at > now() - interval '90 days' GROUP BY item_id
                )
                SELECT i.id,
                       CASE WHEN i.price IS NOT NULL THEN
                           percent_rank() OVER (PARTITION BY i.category, i.price IS NULL ORDER BY i.price) END,
                       percent_rank() OVER (ORDER BY coalesce(b.n, 0))
                FROM "{schema}".catalog_item i LEFT JOIN bought b ON b.item_id = i.id
                WHERE i.status = 'active' ORDER BY i.id"""
        )
        rows = cursor.fetchall()
    return Standing(
        np.array([r[0] for r in rows], np.int64),
        np.array([np.nan if r[1] is None else r[1] for r in rows], np.float32),
        np.array([r[2] for r in rows], np.float32),
    )
