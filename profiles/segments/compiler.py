"""One compiler from definitions to SQL. The batch (everybody), the streaming way (the changed) and the preview (a
sample) put the same condition into the same statement and differ only in whom it asks about: they can't disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..days import Calendar, calendar_of
from .build import Build
from .definition import All, Any_, Group, Node, Not, parse
from .stock import Stock

MOST_NESTED = 20


@dataclass(frozen=True)
class Whom:
    """Whose answers a statement wants: SQL over a column of profile ids, with named parameters."""

    sql: Callable[[str], str]
    params: Mapping[str, Any]


def these(profile_ids: list[int]) -> Whom:
    return Whom(lambda column: f"{column} = ANY(%(ids)s::bigint[])", {"ids": profile_ids})


def between(after: int, until: int) -> Whom:
    """Profiles with an id above `after`, up to `until`."""
    return Whom(
        lambda column: f"{column} > %(after)s::bigint AND {column} <= %(until)s::bigint",
        {"after": after, "until": until},
    )


@dataclass(frozen=True)
class Compiled:
    """A boolean over the row `p` of profiles_profile, never NULL, with its parameters (those of `Whom` included)."""

    sql: str
    params: dict[str, Any]


def compile_many(
    schema: str,
    nodes: Mapping[Any, Node],
    documents: Mapping[str, Any],
    whom: Whom,
    today: int,
    stock: Stock | None = None,
    days: Calendar | None = None,
) -> dict[Any, Compiled]:
    """Definitions for one statement: they share one set of parameters.

    `documents`: definitions of the tenant's segments by key, for those that use each other. `today`: a day since
    1970 of `days`, the tenant's calendar without. `stock`: what is kept of computed traits and events. Raises `BadDefinition`, KeyError for an unknown feature or
    segment, `NotReady` for what is not kept of everybody yet, RecursionError for a circle.
    """
    shared: dict[str, Any] = {"today": today, **whom.params}
    texts = {}
    for name, node in nodes.items():
        texts[name] = _compile_one(
            schema, node, documents, whom, shared, stock or Stock(), days or calendar_of(schema)
        )
    return {name: Compiled(sql, shared) for name, sql in texts.items()}


def compile_node(
    schema: str, node: Node, documents: Mapping[str, Any], whom: Whom, today: int, stock: Stock | None = None
) -> Compiled:
    return compile_many(schema, {"": node}, documents, whom, today, stock)[""]


def _compile_one(
    schema: str,
    node: Node,
    documents: Mapping[str, Any],
    whom: Whom,
    params: dict[str, Any],
    stock: Stock,
    days: Calendar,
) -> str:
    nested: list[str] = []

    def used(key: str) -> str:
        if key in nested or len(nested) >= MOST_NESTED:
            raise RecursionError(f"The segment “{key}” is defined by itself.")
        nested.append(key)
        try:
            return _sql(build, parse(documents[key]))
        finally:
            nested.pop()

    build = Build(schema, whom.sql, used, params, stock, days)
    return _sql(build, node)


def _sql(build: Build, node: Node) -> str:
    if not isinstance(node, Group):
        return f"coalesce(({node.sql(build)}), false)"
    parts = [_sql(build, part) for part in node.of]
    if isinstance(node, All):
        return f"({' AND '.join(parts)})" if parts else "true"
    if isinstance(node, Any_):
        return f"({' OR '.join(parts)})" if parts else "false"
    assert isinstance(node, Not)  # noqa: S101  # there is no other group
    return f"NOT ({' OR '.join(parts)})" if parts else "true"
