"""A tenant's schema from a template: migrated once, dumped once, applied in a fraction of a second.

django-tenants' own clone fails on pgvector columns, and migrating each new tenant takes half a minute. The dump is
kept in the public schema (`tenants_schemadump`), so that provisioning needs no pg_dump at hand; its fingerprint is
that of the template's applied migrations, so a stale dump is never used.
"""

from __future__ import annotations

import os
import re
import subprocess
from hashlib import sha256

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db.migrations.recorder import MigrationRecorder

from .db import PUBLIC, connection
from .models import SchemaDump
from .workspace.roles import sync_roles

VALID_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class TemplateMissing(Exception):
    """No usable dump: `manage.py migrate_all` has not been run since the last migration was added."""


def migrate_schema(schema: str, *, verbosity: int = 0) -> None:
    """Bring one schema (public, the template or a tenant's) to the newest migrations, roles included."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
    before = connection.schema_name
    # Without public in the path, or the public schema's list of applied migrations would be taken for this one's.
    connection.set_schema(schema, include_public=False)
    MigrationRecorder(connection).ensure_schema()
    connection.set_schema(schema)
    try:
        call_command(migrate.Command(), verbosity=verbosity, interactive=False, skip_checks=True)
        sync_roles()
    finally:
        connection.set_schema(before)


def refresh_dump() -> SchemaDump:
    """Dump the template schema; keeps the old dump when no migration was added since."""
    template = settings.TEMPLATE_SCHEMA
    fingerprint = _fingerprint(template)
    current = SchemaDump.objects.filter(fingerprint=fingerprint).first()
    if current is not None:
        return current
    ddl = _dump(template)
    SchemaDump.objects.all().delete()
    return SchemaDump.objects.create(fingerprint=fingerprint, ddl=ddl, filled_tables=_filled_tables(template))


def create_from_template(schema: str) -> None:
    """Make `schema` as a copy of the template, rows of its reference tables included, in the open transaction."""
    if not VALID_NAME.fullmatch(schema):
        raise ValueError(f"“{schema}” can't be a schema name.")
    dump = SchemaDump.objects.first()
    if dump is None:
        raise TemplateMissing("Run “manage.py migrate_all” first: there is no schema template yet.")
    template = settings.TEMPLATE_SCHEMA
    ddl = dump.ddl.replace(template, schema)
    with connection.cursor() as cursor:
        # Straight to the driver: the dump has percent signs and many statements.
        cursor.connection.execute(ddl.encode(), prepare=False)
        for table, columns, sequence in dump.filled_tables:
            names = ", ".join(f'"{c}"' for c in columns)
            cursor.execute(
                f'INSERT INTO "{schema}"."{table}" ({names}) OVERRIDING SYSTEM VALUE '
                f'SELECT {names} FROM "{template}"."{table}"'
            )
            if sequence:
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence(%s, %s), (SELECT max({sequence}) FROM "
                    f'"{schema}"."{table}"))',
                    [f'"{schema}"."{table}"', sequence],
                )
    connection.search_path_set_schemas = None


def drop_schema(schema: str) -> None:
    if schema in (PUBLIC, settings.TEMPLATE_SCHEMA) or not VALID_NAME.fullmatch(schema):
        raise ValueError(f"“{schema}” is not a tenant's schema.")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {_quoted(schema)} CASCADE")


def _fingerprint(schema: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT app || '.' || name FROM {_quoted(schema)}.django_migrations ORDER BY 1")
        names = "\n".join(row[0] for row in cursor.fetchall())
    return sha256(names.encode()).hexdigest()


def _dump(schema: str) -> str:
    """pg_dump of the server's own version: another one's refuses, or writes statements the server lacks."""
    command = [settings.PG_DUMP, "--schema-only", "--no-owner", "--no-privileges", f"--schema={schema}"]
    to = connection.settings_dict
    where = {"PGDATABASE": to["NAME"], "PGUSER": to["USER"], "PGHOST": to["HOST"], "PGPORT": str(to["PORT"])}
    secret = {"PGPASSWORD": to["PASSWORD"]} if to["PASSWORD"] else {}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **{k: v for k, v in where.items() if v}, **secret},
    )
    if done.returncode:
        raise RuntimeError(f"pg_dump failed: {done.stderr.strip()}")
    # Session settings of the dump would outlive it on this connection; psql's own commands mean nothing here.
    lines = [
        line
        for line in done.stdout.splitlines()
        if not re.match(r"(SET |SELECT pg_catalog\.set_config|\\|--)", line)
    ]
    return "\n".join(lines)


def _filled_tables(schema: str) -> list[tuple[str, list[str], str | None]]:
    """(table, columns, identity column) of every table with rows, referenced ones first."""
    filled = []
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, array_agg(a.attname ORDER BY a.attnum),
                      min(a.attname) FILTER (WHERE a.attidentity <> '')
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               WHERE n.nspname = %s AND c.relkind = 'r' AND NOT c.relispartition GROUP BY c.relname""",
            [schema],
        )
        tables = cursor.fetchall()
        for table, columns, identity in tables:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {_quoted(schema)}.{_quoted(table)})")
            if cursor.fetchone()[0]:
                filled.append((table, list(columns), identity))
    order = {name: position for position, name in enumerate(_REFERENCED_FIRST)}
    return sorted(filled, key=lambda row: (order.get(row[0], len(order)), row[0]))


_REFERENCED_FIRST = ("django_migrations", "django_content_type", "auth_permission", "auth_group")


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
