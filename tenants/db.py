"""Work inside a tenant's schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django.db
import psycopg

# django-tenants' connection, whose schema methods Django's own type does not know.
connection: Any = django.db.connection

PUBLIC = "public"


@contextmanager
def tenant_connection(schema: str) -> Iterator[None]:
    """Django's connection looks into `schema` inside the block, and where it looked before after it."""
    before = connection.schema_name
    use_schema(schema)
    try:
        yield
    finally:
        use_schema(before or PUBLIC)


def use_schema(schema: str) -> None:
    """Point the connection at a schema; costs nothing when it is there already."""
    if connection.schema_name != schema:
        connection.set_schema(schema)


_AWAY = (
    django.db.OperationalError,
    django.db.InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
# What a primary says that has become a replica, or is being shut down.
_AWAY_STATES = {"25006", "57P01", "57P02", "57P03"}


def is_away(error: BaseException) -> bool:
    """Whether the database could not be asked, or could not do it now: nothing is wrong with the question."""
    state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, _AWAY) or state in _AWAY_STATES
