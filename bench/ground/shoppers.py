"""Who is asked for, and about what: the grocer's households and its most bought products."""

from __future__ import annotations

import random

from config.demo import complete_journey

GROCER = "grocer"


def households() -> list[str]:
    """All user ids of the grocer, in a fixed random order."""
    ids = sorted(
        {
            str(value)
            for value in complete_journey.read("transactions", ["household_id"])["household_id"].tolist()
        }
    )
    random.Random(4).shuffle(ids)
    return ids


def popular_items(schema: str, count: int = 2000) -> list[str]:
    """Item ids on offer, the most bought first."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT i.external_id FROM "{schema}".catalog_item i
                JOIN "{schema}".recommendations_itemday d ON d.item_id = i.id
                WHERE i.status = 'active' AND i.available AND NOT i.banned
                GROUP BY i.id ORDER BY sum(d.purchases) DESC, i.id LIMIT %s""",
            [count],
        )
        return [row[0] for row in cursor.fetchall()]
