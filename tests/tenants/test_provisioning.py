"""A tenant is provisioned from the template with everything that a migrated schema has."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from tenants.models import Tenant
from tenants.provisioning import create_tenant
from tenants.schema_template import migrate_schema

pytestmark = pytest.mark.usefixtures("committed")

COLUMNS = """SELECT table_name, column_name, data_type, is_nullable, is_identity, column_default
             FROM information_schema.columns WHERE table_schema = %s ORDER BY 1, 2"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s ORDER BY 1, 2"
CONSTRAINTS = """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
                 WHERE connamespace = %s::regnamespace ORDER BY 1, 2"""

TRIGGERS = """SELECT t.tgrelid::regclass::text, t.tgname, pg_get_triggerdef(t.oid), pg_get_functiondef(t.tgfoid)
              FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
              WHERE NOT t.tgisinternal AND c.relnamespace = %s::regnamespace ORDER BY 1, 2"""
QUERIES = {"columns": COLUMNS, "indexes": INDEXES, "constraints": CONSTRAINTS, "triggers": TRIGGERS}


def _plain(text: str, schema: str) -> str:
    """Without the schema's name, and without the casts and parentheses that a dump moves about (x IN ('a', 'b'))."""
    cast = r"::(text|character varying)(\[\])?|[()]"
    return re.sub(cast, "", re.sub(rf"\b{schema}\b", "SCHEMA", text))


def described(schema: str, query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [schema])
        return [tuple(_plain(str(v), schema) for v in row) for row in cursor.fetchall()]


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_the_copy_equals_a_migrated_schema(tenant: Tenant, query: str) -> None:
    migrate_schema("t_migrated")
    for name in settings.TENANT_CREATED:
        import_string(name)("t_migrated")
    try:
        assert described(tenant.schema_name, query) == described("t_migrated", query)
    finally:
        with connection.cursor() as cursor:
            cursor.execute('DROP SCHEMA "t_migrated" CASCADE')


def test_reference_rows_come_along(tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        for table in ("django_migrations", "auth_group_permissions", "recommendations_placement"):
            cursor.execute(
                f'SELECT (SELECT count(*) FROM "{tenant.schema_name}"."{table}"),'
                f' (SELECT count(*) FROM "template_tenant"."{table}")'
            )
            copied, original = cursor.fetchone()
            assert copied == original > 0


def test_new_rows_do_not_collide_with_copied_ones(tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{tenant.schema_name}".auth_group (name) VALUES (%s)', ["new"])


@pytest.mark.parametrize("slug", ["", "Has Space", "semi;colon", "x" * 80])
def test_a_bad_short_name_leaves_nothing_behind(slug: str) -> None:
    before = Tenant.objects.count()
    with pytest.raises(Exception, match=r"short name|too long|schema name"):
        create_tenant(slug, "Bad")
    assert Tenant.objects.count() == before
