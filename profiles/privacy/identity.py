"""What was said about who a person is: links, browsers' words, what staff separated, and names that are nobody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import connection

from compliance.registry import Person

_TABLES = (("profiles_link", "a", "b"), ("profiles_claim", "visitor", "shopper"), ("profiles_cut", "a", "b"))


def export(person: Person) -> Iterator[dict[str, Any]]:
    """What each word was, and when; the names themselves are shown with the identifiers."""
    blinds = list(person.blinds)
    schema = person.scope.schema
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT coalesce(x.kind, 'an identifier'), coalesce(y.kind, 'an identifier'), said.how, said.at, said.holds
                FROM (
                    SELECT a, b, how, at, refused = '' AS holds FROM "{schema}".profiles_link
                    WHERE a = ANY(%(b)s::bytea[]) OR b = ANY(%(b)s::bytea[])
                    UNION ALL
                    SELECT visitor, shopper, 'browser', at, true FROM "{schema}".profiles_claim
                    WHERE visitor = ANY(%(b)s::bytea[]) OR shopper = ANY(%(b)s::bytea[])) AS said
                LEFT JOIN "{schema}".profiles_identifier x ON x.blind = said.a
                LEFT JOIN "{schema}".profiles_identifier y ON y.blind = said.b ORDER BY said.at""",
            {"b": blinds},
        )
        for one, other, how, at, holds in cursor.fetchall():
            yield {
                "said_to_be_one": [one, other],
                "by": how,
                "at": dt.datetime.fromtimestamp(at / 1e6, dt.UTC).isoformat() if at else None,
                "holds": holds,
            }


def erase(person: Person) -> int:
    """Delete what names the person, and names that nobody has and nothing tells of any more; how many rows."""
    blinds = list(person.blinds)
    schema = person.scope.schema
    gone, others = 0, set()
    with connection.cursor() as cursor:
        for table, a, b in _TABLES:
            cursor.execute(
                f"""DELETE FROM "{schema}".{table} WHERE {a} = ANY(%s::bytea[]) OR {b} = ANY(%s::bytea[])
                    RETURNING {a}, {b}""",
                [blinds, blinds],
            )
            rows = cursor.fetchall()
            gone += len(rows)
            others |= {bytes(end) for row in rows for end in row}
        cursor.execute(
            f"""DELETE FROM "{schema}".profiles_identifier i WHERE i.blind = ANY(%s::bytea[]) AND i.profile_id IS NULL
                AND NOT EXISTS (SELECT 1 FROM "{schema}".profiles_link l WHERE l.a = i.blind OR l.b = i.blind)
                AND NOT EXISTS (SELECT 1 FROM "{schema}".profiles_claim c WHERE c.visitor = i.blind)""",
            [list(others)],
        )
        return gone + int(cursor.rowcount)


def verify(person: Person) -> int:
    blinds = list(person.blinds)
    found = 0
    with connection.cursor() as cursor:
        for table, a, b in _TABLES:
            cursor.execute(
                f"""SELECT count(*) FROM "{person.scope.schema}".{table}
                    WHERE {a} = ANY(%s::bytea[]) OR {b} = ANY(%s::bytea[])""",
                [blinds, blinds],
            )
            found += int(cursor.fetchone()[0])
    return found
