"""By which names shoppers are known: personal data, only where the merchant chose it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from psycopg import Cursor

from tenants import vault
from tenants.connectors.base import Link
from tenants.crypto import Unreadable, unseal
from tenants.workspace.models import Delivery

from ..people import pseudonyms
from ..table import Column, Counted, Row, Table

CHUNK = 5_000


def read(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    day = dt.date.fromisoformat(delivery.portion["day"])
    last = 0
    while link.personal:
        rows = cursor.execute(
            f"""SELECT id, profile_id, kind, blind, value_sealed, created_at
                FROM "{link.scope.schema}".profiles_identifier WHERE id > %b AND profile_id IS NOT NULL ORDER BY id LIMIT %b""",
            [last, CHUNK],
            binary=True,
        ).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        who = pseudonyms(cursor, link, {row[1] for row in rows})
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
        counted.left_out += len(rows) - len(found)
        yield found


TABLE = Table(
    name="identities",
    label="Names and identifiers",
    about="User ids, e-mail addresses and phone numbers of each shopper, a snapshot a day",
    kind="snapshot",
    key="identity",
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
