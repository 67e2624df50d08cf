"""Work inside a tenant's schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django.db

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
