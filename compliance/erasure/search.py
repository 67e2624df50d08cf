"""Search the tenant's schema, table by table, for anything that names a person: text in text, keyed hashes in bytes.

What is found in the rows of a personal store is left of the person, and must not be. A name can also stand in texts
that are not the person's: a product that is called so, an event that somebody named so, another shopper's words. Those
are counted and said, and hold nothing up: anybody could send such a text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection

from tenants.scope import Scope

from ..matching import Needles
from ..registry import Person, declared_impersonal

# What an erasure keeps of somebody on purpose: keyed hashes that refuse later events or messages.
KEPT = frozenset({"compliance_suppression", "journeys_suppression", "compliance_subjectrequest"})
# Names that are meant: the merchant's staff, who may shop there too, and addresses of whoever sent a request.
OTHERS = frozenset({"workspace_user", "compliance_callback"})
# The audit trail names people by pseudonyms, which mean nothing once what they stood for is gone.
PSEUDONYMOUS = frozenset({"workspace_auditrecord"})
_TEXT = ("text", "varchar", "bpchar", "json", "jsonb", "_text", "_varchar", "citext")
# Columns that say whose a row is: the stores found and erased the person's, so that the others are somebody else's.
_OWNERS = ("profile_id", "kept_id", "enrolment_id", "message_id")


class Column(NamedTuple):
    name: str
    type: str
    personal: bool


@dataclass
class Found:
    """`hits`: "table.column" → rows that are left of the person. `elsewhere`: the same for texts that are not theirs.

    `needles`: how many different marks were looked for.
    """

    tables: int = 0
    columns: int = 0
    needles: int = 0
    hits: dict[str, int] = field(default_factory=dict)
    elsewhere: dict[str, int] = field(default_factory=dict)


def search(scope: Scope, person: Person) -> Found:
    """One pass over every table with text or bytes; how names are told from chance says `matching`.

    Rows that name a profile by its number are what the stores' own checks count.
    """
    needles = Needles.of(person)
    hashes = [b.hex() for b in person.blinds]
    texts = [*hashes, *(str(u) for u in person.uuids)]
    marks = [*person.blinds, *(u.bytes for u in person.uuids)]
    found = Found(needles=len(needles.values) + len(texts) + len(marks))
    for table, (owner, columns) in _tables(scope.schema).items():
        if table in KEPT or table in OTHERS:
            continue
        found.tables += 1
        found.columns += len(columns)
        ours = hashes if table in PSEUDONYMOUS else texts
        look = _Look(needles, "|".join(map(re.escape, ours)), marks, owner)
        for column, left, other in look.at(f'"{scope.schema}"."{table}"', columns):
            if left:
                found.hits[f"{table}.{column}"] = left
            if other:
                found.elsewhere[f"{table}.{column}"] = other
    return found


@dataclass(frozen=True)
class _Look:
    """One table's question. `ours`: a pattern of hashes and uuids, which nobody else writes down; `owner`: a column."""

    needles: Needles
    ours: str
    marks: list[bytes]
    owner: str

    def at(self, table: str, columns: Iterable[Column]) -> list[tuple[str, int, int]]:
        """(column, rows left of the person, rows of others) where there are any."""
        columns = list(columns)
        counts: list[str] = []
        values: list[Any] = []
        for column in columns:
            # Each is asked of a row once: to match a text takes nearly all the time.
            for condition, given in (self._left(column), self._elsewhere(column)):
                counts.append(f"count(*) FILTER (WHERE {condition})")
                values += given
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(counts)} FROM {table}", values)
            row = [int(n) for n in cursor.fetchone()]
        found = zip(columns, row[::2], row[1::2], strict=True)
        return [(column.name, left, other) for column, left, other in found if left or other]

    def _left(self, column: Column) -> tuple[str, list[Any]]:
        if not column.personal:
            return "false", []
        (marked, marks), (named, names) = self._marked(column), self._named(column)
        return f"({marked}) OR ({self._nobodys} AND {named})", [*marks, *names]

    def _elsewhere(self, column: Column) -> tuple[str, list[Any]]:
        (marked, marks), (named, names) = self._marked(column), self._named(column)
        if not column.personal:
            return f"({marked}) OR ({named})", [*marks, *names]
        if not self.owner:
            return "false", []
        return f"NOT {self._nobodys} AND {named} AND NOT ({marked})", [*names, *marks]

    @property
    def _nobodys(self) -> str:
        return f'("{self.owner}" IS NULL)' if self.owner else "true"

    def _marked(self, column: Column) -> tuple[str, list[Any]]:
        if column.type == "bytea":
            # Sealed values and vectors are long; a handle or a unit is the mark itself. Two may share an address: its
            # hash in another shopper's row is that shopper's.
            same = f'octet_length("{column.name}") = 16 AND "{column.name}" = ANY(%s::bytea[])'
            return f"{same} AND {self._nobodys}", [self.marks]
        return f'"{column.name}"::text ~* %s', [self.ours or "(?!)"]

    def _named(self, column: Column) -> tuple[str, list[Any]]:
        if column.type == "bytea":
            return "false", []
        pattern = self.needles.columns(column.type)
        if not pattern:
            return "false", []
        # Whether it is there at all is quickly said; only then it matters what stands around it.
        text = f'"{column.name}"::text ~* %s'
        return f"({text} AND {text})", [self.needles.anywhere, pattern]


def _tables(schema: str) -> dict[str, tuple[str, list[Column]]]:
    """Table → the column that says whose a row is, and those to search; partitions are read through their parent."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, a.attname, t.typname
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               JOIN pg_type t ON t.oid = a.atttypid
               WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                 AND (t.typname = ANY(%s) OR t.typname = 'bytea' OR a.attname = ANY(%s))
               ORDER BY 1, a.attnum""",
            [schema, list(_TEXT), list(_OWNERS)],
        )
        rows = cursor.fetchall()
    declared = _declared()
    owners: dict[str, str] = {}
    found: dict[str, list[Column]] = defaultdict(list)
    for table, name, type_name in rows:
        if name in _OWNERS:
            owners.setdefault(table, name)
        if type_name in _TEXT or type_name == "bytea":
            found[table].append(Column(name, type_name, declared.get((table, name), True)))
    return {table: (owners.get(table, ""), columns) for table, columns in found.items()}


def _declared() -> dict[tuple[str, str], bool]:
    """(table, column) → whether it may hold anything of a person; a table of no model is taken for one that may."""
    patterns = list(declared_impersonal())
    return {
        (model._meta.db_table, str(part.column)): not any(
            fnmatchcase(f"{model._meta.app_label}.{model.__name__}.{part.name}", p) for p in patterns
        )
        for model in apps.get_models(include_auto_created=True)
        for part in model._meta.local_concrete_fields
    }


def in_words(place: str) -> str:
    """ "table.column" as staff know it: "Item: title"."""
    table, _, column = place.partition(".")
    model = next((m for m in apps.get_models(include_auto_created=True) if m._meta.db_table == table), None)
    if model is None:
        return place
    part = next((f for f in model._meta.local_concrete_fields if f.column == column), None)
    return f"{str(model._meta.verbose_name).capitalize()}: {part.verbose_name if part else column}"
