"""What keeps a definition from going live, said at the place where it is mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .build import Facts
from .conditions.member import MemberCondition
from .conditions.trait import TraitCondition
from .definition import BadDefinition, Group, Node, Problem, leaves, named, parse


def problems(node: Node, facts: Facts) -> list[Problem]:
    """Everything that keeps the definition from going live, in the order of the tree.

    What is wrong with a segment that it uses, directly or through others, is said at the condition that uses it.
    """
    found = _own_problems(node, facts)
    round_about = {problem.path for problem in found if problem.field == "segment"}
    found += [
        Problem(path, "segment", message)
        for path, leaf in leaves(node)
        if isinstance(leaf, MemberCondition) and path not in round_about
        for message in _unfinished(leaf.segment, facts)
    ]
    return found


def _own_problems(node: Node, facts: Facts) -> list[Problem]:
    found = [
        Problem(path, issue.field, issue.message)
        for path, leaf in leaves(node)
        for issue in leaf.issues(facts)
    ]
    found += [
        Problem(path, "", "This group is empty; add a condition or remove it.") for path in _empty(node)
    ]
    found += [
        Problem(path, "segment", message)
        for path, leaf in leaves(node)
        if isinstance(leaf, MemberCondition) and (message := _circle(leaf.segment, facts))
    ]
    return found


def checked(document: Any, facts: Facts) -> Node:
    """The tree of a document that may go live; `BadDefinition` otherwise."""
    node = parse(document)
    if found := _without_conditions(node) or problems(node, facts):
        raise BadDefinition(found)
    return node


def _without_conditions(node: Node) -> list[Problem]:
    if any(True for _ in leaves(node)):
        return []
    return [Problem("", "", "Add at least one condition: a segment of everybody is no segment.")]


def _unfinished(key: str, facts: Facts) -> Iterator[str]:
    """What is wrong with the segment `key` and those that it uses: drafts may have gaps, what goes live may not.

    Nothing for segments that can't be used at all: that is said where they are named.
    """
    documents = {k: known.definition for k, known in facts.segments.items()}
    for name in (key, *sorted(_reached(key, documents) - {key})):
        known = facts.segments.get(name)
        if known is None or known.status == "archived":
            continue
        try:
            node = parse(known.definition)
            found = _without_conditions(node) or _own_problems(node, replace(facts, itself=name))
        except BadDefinition as error:
            found = error.problems
        for problem in found:
            yield f"“{known.name}” has to be mended first: {problem.message}"


def is_timed(node: Node, facts: Facts) -> bool:
    """Whether the calendar alone can move members, also through a segment that is used."""
    for _, leaf in leaves(node):
        trait = facts.traits.get(leaf.trait) if isinstance(leaf, TraitCondition) else None
        if leaf.timed or (trait is not None and trait.measure.days is not None):
            return True
        known = facts.segments.get(leaf.segment) if isinstance(leaf, MemberCondition) else None
        if known is not None and is_timed(parse(known.definition), facts):
            return True
    return False


def _circle(key: str, facts: Facts) -> str:
    """Why using `key` would go round in a circle; "" when it would not."""
    if key not in facts.segments:
        return ""
    if key == facts.itself:
        return "A segment can't be defined by itself."
    documents = {k: known.definition for k, known in facts.segments.items() if k != facts.itself}
    around = _reached(key, documents)
    if facts.itself and facts.itself in around:
        return f"“{facts.segments[key].name}” is itself defined by this segment; that would go round in a circle."
    return ""


def _reached(key: str, documents: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    news = {key}
    while news:
        news = {name for k in news for name in named(documents.get(k))} - found
        found |= news
    return found


def _empty(node: Node, path: str = "") -> Iterator[str]:
    if isinstance(node, Group):
        if not node.of and path:
            yield path
        for place, part in enumerate(node.of):
            yield from _empty(part, f"{path}.{place}" if path else str(place))
