"""A cursor in the tenant's schema, as workers hold one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from psycopg import Cursor

from tenants.models import Tenant


@pytest.fixture
def cursor(tenant: Tenant) -> Iterator[Cursor]:
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        yield cursor
