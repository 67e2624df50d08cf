"""What definitions ask for that has to be computed of everybody first: measures of events, and computed traits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..traits.measure import Measure
from .conditions.base import Condition
from .conditions.event import EventCondition
from .conditions.member import MemberCondition
from .conditions.trait import TraitCondition
from .definition import BadDefinition, Node, leaves, parse
from .models import Segment
from .stock import NotReady, Stock


@dataclass(frozen=True)
class Needs:
    """`measures` by digest; `traits`: keys of computed traits."""

    measures: Mapping[str, Measure]
    traits: frozenset[str]

    def met(self, stock: Stock) -> bool:
        """Whether all of it may be read of everybody."""
        try:
            for measure in self.measures.values():
                stock.of(measure)
            for key in self.traits:
                stock.trait(key)
        except NotReady:
            return False
        return True

    def touches(self, stock: Stock, aggregates: Iterable[str]) -> bool:
        """Whether one of these aggregates (keys of states) answers for it."""
        keys = {stock.measures[d].key for d in self.measures if d in stock.measures}
        keys |= {stock.traits[t].key for t in self.traits if t in stock.traits}
        return not keys.isdisjoint(aggregates)


def needs(node: Node, documents: Mapping[str, Any]) -> Needs:
    """What a definition asks for, itself and through the segments that it uses."""
    measures, traits = {}, set()
    for leaf in _leaves(node, documents, set()):
        if isinstance(leaf, EventCondition):
            measures[leaf.measure.digest] = leaf.measure
        elif isinstance(leaf, TraitCondition):
            traits.add(leaf.trait)
    return Needs(measures, frozenset(traits))


def _leaves(node: Node, documents: Mapping[str, Any], seen: set[str]) -> Iterator[Condition]:
    for _, leaf in leaves(node):
        yield leaf
        if isinstance(leaf, MemberCondition) and leaf.segment in documents and leaf.segment not in seen:
            seen.add(leaf.segment)
            try:
                yield from _leaves(parse(documents[leaf.segment]), documents, seen)
            except BadDefinition:
                continue


def live_needs() -> dict[str, Needs]:
    """What the live segments of the connection's tenant ask for, by key."""
    documents = dict(Segment.objects.values_list("key", "definition"))
    found = {}
    for key in Segment.objects.filter(status=Segment.Status.LIVE).values_list("key", flat=True):
        try:
            found[key] = needs(parse(documents[key]), documents)
        except BadDefinition:
            continue
    return found


def wanted_digests() -> set[str]:
    """Measures that live segments ask for."""
    return {digest for one in live_needs().values() for digest in one.measures}
