"""A segment's definition: a tree of groups (all, any, none of …) over conditions, read from JSON and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Union

import msgspec

from .conditions.act import ActCondition
from .conditions.base import Condition
from .conditions.consent import ConsentCondition
from .conditions.event import EventCondition
from .conditions.feature import FeatureCondition
from .conditions.identifier import IdentifierCondition
from .conditions.member import MemberCondition
from .conditions.seen import SeenCondition
from .conditions.trait import TraitCondition
from .forms import plainly

MOST_CONDITIONS = 60
MOST_DEPTH = 6


class Group(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", frozen=True):
    of: list[Node] = []


class All(Group, tag="all", frozen=True):
    """Every part holds; an empty one holds for everybody."""


class Any_(Group, tag="any", frozen=True):
    """At least one part holds; an empty one holds for nobody."""


class Not(Group, tag="not", frozen=True):
    """None of the parts holds."""


Node = Union[  # noqa: UP007  # msgspec reads the name from the module
    All,
    Any_,
    Not,
    FeatureCondition,
    ActCondition,
    SeenCondition,
    IdentifierCondition,
    ConsentCondition,
    MemberCondition,
    EventCondition,
    TraitCondition,
]


@dataclass(frozen=True)
class Problem:
    """What is wrong with the node at `path`: the places in `of` from the root ("0.2"), "" for the root itself."""

    path: str
    field: str
    message: str


class BadDefinition(ValueError):
    """The definition can't be used; `problems` say where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


def parse(document: Any) -> Node:
    """The tree of a JSON document; `BadDefinition` when it has another form."""
    if _depth(document) > MOST_DEPTH:
        raise BadDefinition([Problem("", "", f"Groups may lie {MOST_DEPTH} deep; this is deeper.")])
    try:
        node: Node = msgspec.convert(document, Node)  # type: ignore[arg-type]  # a union is no type to mypy
    except msgspec.ValidationError as error:
        raise BadDefinition([_located(document, error)]) from error
    if sum(1 for _ in leaves(node)) > MOST_CONDITIONS:
        raise BadDefinition([Problem("", "", f"A segment may have {MOST_CONDITIONS} conditions at most.")])
    if "\x00" in str(document):
        raise BadDefinition([Problem("", "", "A text holds a character that can't be stored.")])
    return node


def leaves(node: Node, path: str = "") -> Iterator[tuple[str, Condition]]:
    """The conditions of a tree with their places."""
    if isinstance(node, Group):
        for place, part in enumerate(node.of):
            yield from leaves(part, f"{path}.{place}" if path else str(place))
    else:
        yield path, node


def uses(node: Node) -> set[str]:
    """Keys of the segments that a definition names itself."""
    return {leaf.segment for _, leaf in leaves(node) if isinstance(leaf, MemberCondition) and leaf.segment}


def users_of(key: str, segments: Mapping[str, Any]) -> set[str]:
    """Keys of the segments (by key, with their documents) whose answer depends on `key`, directly or through others."""
    found: set[str] = set()
    news = {key}
    while news:
        news = {k for k, document in segments.items() if k not in found and named(document) & news}
        found |= news
    return found - {key}


def named(document: Any) -> set[str]:
    try:
        return uses(parse(document))
    except BadDefinition:
        return set()


def _depth(document: Any) -> int:
    """How deep groups lie in a document; stops looking beyond what is allowed."""
    depth, level = 0, [document]
    while level and depth <= MOST_DEPTH + 1:
        level = [
            part
            for node in level
            if isinstance(node, dict) and isinstance(node.get("of"), list)
            for part in node["of"]
        ]
        depth += bool(level)
    return depth


def _located(document: Any, error: msgspec.ValidationError, path: str = "") -> Problem:
    """The innermost node that has another form: msgspec's own path leaves out which one of a list it is."""
    parts = document.get("of") if isinstance(document, dict) else None
    for place, part in enumerate(parts if isinstance(parts, list) else []):
        try:
            msgspec.convert(part, Node)  # type: ignore[arg-type]
        except msgspec.ValidationError as inner:
            return _located(part, inner, f"{path}.{place}" if path else str(place))
    where = str(error).partition(" - at `$.")[2]
    return Problem(path, where.rstrip("`").partition("[")[0], plainly(str(error)))
