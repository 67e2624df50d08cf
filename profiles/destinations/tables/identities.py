"""By which names shoppers are known: personal data, only where the merchant chose it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Cursor

from tenants import vault
from tenants.connectors.base import Link
from tenants.crypto import Unreadable, unseal
from tenants.workspace.models import Delivery

from ..paging import Who, day_of, numbers, windows
from ..table import Column, Counted, Row, Table

CHUNK = 5_000


def read(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    if not link.personal:
        return iter(())
    day = day_of(delivery)

    def make(rows: Sequence[Sequence[Any]], who: Who) -> list[Row]:
        keys = vault.existing_person_keys(
            link.scope.tenant_id, {bytes(row[3]) for row in rows if row[1] in who}
        )
        found = []
        for _, owner, kind, blind, sealed, created in rows:
            key = keys.get(bytes(blind))
            if owner not in who or key is None:
                continue
            try:
                value = unseal(key, bytes(sealed)).decode(errors="replace")
            except Unreadable:
                continue
            profile, uuid = who[owner]
            found.append(Row(day, profile, (f"{kind}:{value}", uuid, kind, value, created)))
        return found

    query = f"""SELECT id, profile_id, kind, blind, value_sealed, created_at FROM "{link.scope.schema}".profiles_identifier
                WHERE id > %(after)b AND id <= %(through)b AND profile_id IS NOT NULL ORDER BY id"""
    bounds = numbers(cursor, link, delivery, TABLE.source)
    return windows(cursor, link, counted, query, bounds, CHUNK, make)


TABLE = Table(
    name="identities",
    label="Names and identifiers",
    about="User ids, e-mail addresses and phone numbers of each shopper, a snapshot a day",
    kind="snapshot",
    key="identity",
    source="profiles_identifier",
    personal=True,
    columns=(
        Column("identity", "string", "unique: kind and value"),
        Column("profile", "string", "pseudonym of the shopper, as in the table profiles"),
        Column("kind", "string", "user_id, anonymous_id, email, phone …"),
        Column("value", "string", "as it was sent"),
        Column("since", "timestamp", "since when it is on file (UTC)"),
    ),
    read=read,
)
