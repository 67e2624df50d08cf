"""What a person viewed and bought, as they can read it: the product's title, what they did, money with its currency."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection

from compliance.registry import Person
from compliance.tables import Rows, by_profile

from ..models import Interaction

PORTION = 1_000
rows = Rows("profiles_interaction", "profile_id", by_profile)


def export(person: Person) -> Iterator[dict[str, Any]]:
    """Oldest first. A product that the catalogue no longer has is named by its number alone."""
    if not person.profile_ids:
        return
    schema = person.scope.schema
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT f.at, f.kind, i.title, i.external_id, f.item_id, f.quantity, f.value, f.place, f.channel
                FROM "{schema}".profiles_interaction f LEFT JOIN "{schema}".catalog_item i ON i.id = f.item_id
                WHERE f.profile_id = ANY(%s) ORDER BY f.at, f.id""",
            [list(person.profile_ids)],
        )
        while found := cursor.fetchmany(PORTION):
            for at, kind, title, external_id, number, quantity, value, place, channel in found:
                yield {
                    "at": at.isoformat(),
                    "what": Interaction.Kind(kind).label if kind in Interaction.Kind else str(kind),
                    "product": title or "a product that is no longer in the catalogue",
                    "item_id": external_id or str(number),
                    "quantity": int(quantity) if float(quantity).is_integer() else round(quantity, 3),
                    "value": round(value, 2) if value else None,
                    "currency": person.scope.currency if value else None,
                    "store": place if place >= 0 else None,
                    "channel": channel,
                }
