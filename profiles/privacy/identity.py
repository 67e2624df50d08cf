"""What was said about who a person is: links, browsers' words, what staff separated, and names that are nobody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, transaction

from compliance.registry import Person

from ..identity.models import IdentityRules
from ..identity.settings import names_of
from ..models import Identifier

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


def joint(blinds: Iterable[bytes], own: Sequence[int]) -> set[bytes]:
    """Those of the names that somebody else than the profiles `own` was said to have, too."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT t.name FROM unnest(%s::bytea[]) AS t(name)
               JOIN profiles_link l ON l.a = t.name OR l.b = t.name
               JOIN profiles_identifier o ON o.blind = CASE WHEN l.a = t.name THEN l.b ELSE l.a END
               WHERE o.profile_id IS NOT NULL AND o.profile_id <> ALL(%s::bigint[])""",
            [list(blinds), list(own)],
        )
        return {bytes(row[0]) for row in cursor.fetchall()}


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
        gone += int(cursor.rowcount)
    return gone + _strip_rules(person)


def _strip_rules(person: Person) -> int:
    """Take the person's names out of the values that the merchant listed as nobody's; in how many versions they stood."""
    with transaction.atomic():
        row = IdentityRules.objects.select_for_update().first()
        if row is None:
            return 0
        found = [one for one in _listed(row) if _stands_in(one, person)]
        values = _values(person)
        kinds = Identifier.objects.order_by().values_list("kind", flat=True).distinct() if found else ()
        hashes = set(names_of(person.scope, values, {*kinds, *(kind for kind, _ in person.identifiers)}))
        for one in found:
            one["nobody"] = [name for name in one.get("nobody", ()) if name not in hashes]
            for name in ("blocked", "allowed"):
                if name in one:
                    one[name] = [value for value in one[name] if value not in values]
        if found:
            IdentityRules.objects.filter(pk=row.pk).update(definition=row.definition, history=row.history)
        return len(found)


def _listed(row: IdentityRules) -> list[dict[str, Any]]:
    return [row.definition, *(one["definition"] for one in row.history)]


def _stands_in(definition: dict[str, Any], person: Person) -> bool:
    return bool(_values(person) & {*definition.get("blocked", ()), *definition.get("allowed", ())})


def _values(person: Person) -> set[str]:
    return {value.strip().lower() for _, value in person.identifiers}


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
    row = IdentityRules.objects.first()
    return found + sum(_stands_in(one, person) for one in (_listed(row) if row else ()))
