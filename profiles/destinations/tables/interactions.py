"""What shoppers did with items, one typed fact a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Cursor

from tenants.connectors.base import Link
from tenants.workspace.models import Delivery

from ...models import Interaction
from ..paging import Who, numbers, windows
from ..table import Column, Counted, Owned, Row, Table

CHUNK = 20_000
_KINDS = {kind.value: kind.name.lower() for kind in Interaction.Kind}


def read(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    schema = link.scope.schema
    query = f"""SELECT i.id, i.profile_id, c.external_id, i.kind, i.at, i.quantity, i.value, i.order_key, i.place, i.channel
                FROM "{schema}".profiles_interaction i JOIN "{schema}".catalog_item c ON c.id = i.item_id
                WHERE i.id > %(after)b AND i.id <= %(through)b ORDER BY i.id"""
    bounds = numbers(cursor, link, delivery, TABLE.source)
    return windows(cursor, link, counted, query, bounds, CHUNK, _rows)


def _rows(rows: Sequence[Sequence[Any]], who: Who) -> list[Row]:
    return [
        Row(
            at.astimezone(dt.UTC).date(),
            who[owner][0],
            (
                number, at, who[owner][1], _KINDS.get(kind, str(kind)), item, quantity, value,
                str(order) if order else None, place if place >= 0 else None, channel,
            ),
        )
        for number, owner, item, kind, at, quantity, value, order, place, channel in rows
        if owner in who
    ]  # fmt: skip


def owners(cursor: Cursor, schema: str, keys: Sequence[tuple[Any, ...]]) -> list[int | None]:
    rows = cursor.execute(
        f"""SELECT i.profile_id FROM unnest(%b::bigint[]) WITH ORDINALITY AS t(id, place)
            LEFT JOIN "{schema}".profiles_interaction i ON i.id = t.id ORDER BY t.place""",
        [[number for (number,) in keys]],
    ).fetchall()
    return [row[0] for row in rows]


TABLE = Table(
    name="interactions",
    label="What shoppers did",
    about="Views, carts, purchases, returns and clicks by item, by day",
    kind="numbered",
    key="interaction_id",
    source="profiles_interaction",
    columns=(
        Column("interaction_id", "int64", "unique"),
        Column("at", "timestamp", "when it happened (UTC); its day is the partition"),
        Column("profile", "string", "pseudonym of the shopper, as in the table profiles"),
        Column("kind", "string", "view, cart, purchase, remove, refund, click, wish or unwish"),
        Column("item", "string", "the item's id in your catalogue"),
        Column("quantity", "double", "how many"),
        Column("value", "double", "revenue of the line in the shop's currency"),
        Column("order_group", "string", "the same for lines of one order or session"),
        Column("place", "int64", "number of the store; empty online"),
        Column("channel", "string", "web, app, email, sms, store, server"),
    ),
    read=read,
    owned=Owned(("interaction_id",), owners),
)
