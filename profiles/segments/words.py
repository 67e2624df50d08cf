"""A definition in words, for lists, the API and the review of a campaign."""

from __future__ import annotations

from typing import Any

from .build import Facts
from .conditions.member import MemberCondition
from .definition import All, BadDefinition, Group, Node, Not, parse


def described(document: Any, facts: Facts) -> str:
    """ "Bought at least 3 times in the last 90 days and e-mail is known"; "" for what is no definition."""
    try:
        text = _words(parse(document), facts, outermost=True)
    except BadDefinition:
        return ""
    return text[:1].upper() + text[1:]


def _words(node: Node, facts: Facts, *, outermost: bool = False) -> str:
    if not isinstance(node, Group):
        return node.words(facts)
    if not node.of:
        return "everybody" if isinstance(node, All | Not) else "nobody"
    if isinstance(node, Not):
        return _denied(node, facts)
    parts = [_words(part, facts) for part in node.of]
    joined = (" and " if isinstance(node, All) else " or ").join(parts)
    return joined if outermost or len(parts) == 1 else f"({joined})"


def _denied(node: Not, facts: Facts) -> str:
    if len(node.of) == 1:
        [part] = node.of
        if isinstance(part, MemberCondition):
            return MemberCondition(part.segment, not part.member).words(facts)
        words = _words(part, facts)
        return f"not {words}" if isinstance(part, Group) else f"not ({words})"
    return f"none of ({', '.join(_words(part, facts) for part in node.of)})"
