"""Versions of shoppers: notes for Valkey that are still in the database, and the numbers in Valkey itself."""

from __future__ import annotations

from django.db import connection

from compliance.registry import Person
from tenants import redis

from ..processing.versions import version_key


def erase_notes(person: Person) -> int:
    blinds = _hexes(person)
    with connection.cursor() as cursor:
        table = f'"{person.scope.schema}".profiles_versionnote'
        cursor.execute(
            f"UPDATE {table} SET versions = versions - %s::text[] WHERE versions ?| %s::text[]",
            [blinds, blinds],
        )
        changed = cursor.rowcount
        cursor.execute(f"DELETE FROM {table} WHERE versions = '{{}}'")
    return int(changed)


def verify_notes(person: Person) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM "{person.scope.schema}".profiles_versionnote WHERE versions ?| %s::text[]',
            [_hexes(person)],
        )
        return int(cursor.fetchone()[0])


def erase_keys(person: Person) -> int:
    keys = _keys(person)
    return int(redis.raw_client().delete(*keys)) if keys else 0


def verify_keys(person: Person) -> int:
    keys = _keys(person)
    return int(redis.raw_client().exists(*keys)) if keys else 0


def _keys(person: Person) -> list[str]:
    return [version_key(person.scope.schema, blind) for blind in _hexes(person)]


def _hexes(person: Person) -> list[str]:
    return [blind.hex() for blind in person.blinds]
