"""Segments that a person is in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection

from compliance.registry import Person
from compliance.tables import plain


def export(person: Person) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT s.name, m.entered_at FROM "{person.scope.schema}".profiles_segmentmember m
                JOIN "{person.scope.schema}".profiles_segment s ON s.id = m.segment_id
                WHERE m.profile_id = ANY(%s::bigint[]) ORDER BY m.entered_at""",
            [list(person.profile_ids)],
        )
        for name, entered_at in cursor.fetchall():
            yield {"segment": name, "entered_at": plain(entered_at)}


def erase(person: Person) -> int:
    """Take the person out of every segment; the segments' sizes follow."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH gone AS (
                    DELETE FROM "{person.scope.schema}".profiles_segmentmember WHERE profile_id = ANY(%s::bigint[])
                    RETURNING segment_id
                ), noted AS (
                    INSERT INTO "{person.scope.schema}".profiles_segmenttally (segment_id, change)
                    SELECT segment_id, -count(*) FROM gone GROUP BY 1
                )
                SELECT count(*) FROM gone""",
            [list(person.profile_ids)],
        )
        return int(cursor.fetchone()[0])


def verify(person: Person) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM "{person.scope.schema}".profiles_segmentmember WHERE profile_id = ANY(%s::bigint[])',
            [list(person.profile_ids)],
        )
        return int(cursor.fetchone()[0])
