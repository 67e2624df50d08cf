"""Counters that move when something changes that all answers of a tenant depend on: rules, model, catalogue.

The database holds the truth. Valkey holds one number per tenant for the answer cache, moved after the commit; it is
random enough never to come back to an old value, even when Valkey lost its data.
"""

from __future__ import annotations

import secrets

import structlog
from django.db import connection, transaction

from . import redis

log = structlog.get_logger("attune.epochs")


def valkey_key(schema: str) -> str:
    return f"{schema}:epoch"


def bump(schema: str, name: str) -> None:
    """Move the counter `name` in the caller's transaction, and outdate every cached answer after its commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO "{schema}".workspace_epoch AS e (name, value) VALUES (%s, 1)
                ON CONFLICT (name) DO UPDATE SET value = e.value + 1""",
            [name],
        )
    transaction.on_commit(lambda: publish(schema))


def publish(schema: str) -> None:
    try:
        redis.run(lambda client: client.set(valkey_key(schema), secrets.token_hex(8)))
    except redis.Unavailable:
        # While Valkey is away nothing is answered from it, and each process compares the database's counters.
        log.warning("epoch not published", tenant=schema)


def current(schema: str) -> dict[str, int]:
    """The counters as the database has them."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT name, value FROM "{schema}".workspace_epoch')
        return dict(cursor.fetchall())
