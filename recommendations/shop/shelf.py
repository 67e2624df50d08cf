"""What the shop shows of the catalogue: departments, search, an item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.db.models import Q, QuerySet

from catalog.models import Item
from tenants import redis
from tenants.models import Tenant

DEPARTMENTS = 12
_KEPT_SECONDS = 600
# The same expression as the index "item_search".
_WORDS = SearchVector("title", "brand", "category", config="english")


@dataclass(frozen=True)
class Department:
    name: str
    items: int


def departments(tenant: Tenant) -> list[Department]:
    """The largest departments by items that can be bought; counted every ten minutes."""
    key = f"{tenant.schema_name}:shop:departments"
    rows: list[Any] = []
    try:
        stored = redis.run(lambda client: client.get(key))
        rows = orjson.loads(stored) if stored else _counted()
        if not stored:
            redis.run(lambda client: client.set(key, orjson.dumps(rows), ex=_KEPT_SECONDS))
    except redis.Unavailable:
        rows = rows or _counted()
    return [Department(name, count) for name, count in rows]


def _counted() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT split_part(category, ' > ', 1) AS department, count(*) FROM catalog_item
               WHERE status = 'active' AND available AND NOT banned AND kind = 'product' AND price IS NOT NULL
                     AND category <> ''
               GROUP BY 1 ORDER BY 2 DESC LIMIT %s""",
            [DEPARTMENTS],
        )
        return cursor.fetchall()


def buyable() -> QuerySet[Item]:
    return Item.objects.filter(
        status=Item.Status.ACTIVE, available=True, banned=False, kind=Item.Kind.PRODUCT, price__isnull=False
    )


def search(text: str) -> QuerySet[Item]:
    """Items whose title, brand or category has the words; an item id finds the item itself."""
    query = SearchQuery(text, config="english", search_type="websearch")
    return buyable().annotate(words=_WORDS).filter(Q(words=query) | Q(external_id=text)).order_by("title")


def department(path: str) -> QuerySet[Item]:
    return buyable().filter(Q(category=path) | Q(category__startswith=f"{path} > ")).order_by("title")


def aisles(path: str, limit: int = 12) -> list[str]:
    """What lies directly under a category, the fullest first."""
    depth = path.count(" > ") + 2
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT split_part(category, ' > ', %s) AS aisle FROM catalog_item
               WHERE starts_with(category, %s) AND status = 'active' AND available AND price IS NOT NULL
               GROUP BY 1 HAVING split_part(category, ' > ', %s) <> '' ORDER BY count(*) DESC LIMIT %s""",
            [depth, f"{path} > ", depth, limit],
        )
        return [row[0] for row in cursor.fetchall()]
