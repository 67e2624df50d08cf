"""Events onto the states of a shopper: `computed` is {measure id: state}, of all measures that are kept now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Protocol

from ..days import UTC_DAYS, Calendar, date_of
from ..models import Interaction
from ..processing.decode import PAGE as PAGE_TYPE
from ..processing.decode import SCREEN as SCREEN_TYPE
from ..processing.decode import TRACK, Occurrence
from .functions import State
from .measure import ACTS, PAGE, SCREEN, TIME, Measure, folded, parse
from .texts import at_path, lines_of

Computed = dict[str, State]


class Line(Protocol):
    """An act with an item, as it streams in or is read back."""

    kind: int
    quantity: float
    value: float
    place: int
    channel: str


class ItemOf(Protocol):
    category: str
    brand: str


@dataclass(frozen=True)
class Kept:
    """A measure that is kept of every shopper. `building`: not of all of them yet."""

    id: int
    measure: Measure
    building: bool
    matches: tuple[Callable[[Any], bool], ...]

    @cached_property
    def key(self) -> str:
        return str(self.id)

    def note(self, computed: Computed, properties: Any, at: int, day: int) -> None:
        """Add an event (or an act with an item) with these properties that happened at `at`, on `day`, if it counts."""
        if self.measure.lines:
            for line in lines_of(properties, self.measure.lines):
                self._note(computed, line, at, day)
        else:
            self._note(computed, properties, at, day)

    def _note(self, computed: Computed, properties: Any, at: int, day: int) -> None:
        measure = self.measure
        if self.matches and not all(match(properties) for match in self.matches):
            return
        if not measure.how.needs_property:
            self._add(computed, 1, at, day)
        elif measure.path == TIME:
            self._add(computed, date_of(day).isoformat(), at, day)
        else:
            for raw in at_path(properties, measure.path):
                value = measure.observed(raw)
                if value is not None:
                    self._add(computed, value, at, day)

    def _add(self, computed: Computed, value: Any, at: int, day: int) -> None:
        measure = self.measure
        state, part = computed.setdefault(self.key, {}), measure.part(day)
        state[part] = measure.how.add(state.get(part), value, at, measure.most)

    def project(self, computed: Computed, traits: dict[str, Any]) -> None:
        """Of a measure of traits: the state is what the traits say now."""
        measure = self.measure
        said = [measure.observed(raw) for raw in at_path(traits, measure.path)]
        values = [value for value in said if value is not None]
        if not values:
            computed.pop(self.key, None)
        elif measure.function == "unique_list":
            computed[self.key] = {"0": dict.fromkeys(sorted(values)[:100], 0)}
        else:
            computed[self.key] = {"0": [0, values[0]]}


@dataclass
class Measures:
    """The measures kept of a tenant's shoppers, ready for a batch. Empty ones cost a batch nothing."""

    kept: tuple[Kept, ...] = ()
    by_event: dict[str, list[Kept]] = field(default_factory=dict)
    by_act: dict[int, list[Kept]] = field(default_factory=dict)
    of_traits: list[Kept] = field(default_factory=list)
    days: Calendar = UTC_DAYS

    @classmethod
    def of(cls, kept: Iterable[Kept], days: Calendar = UTC_DAYS) -> Measures:
        found = cls(tuple(kept), days=days)
        for one in found.kept:
            measure = one.measure
            if measure.source == "event":
                found.by_event.setdefault(folded(measure.event), []).append(one)
            elif measure.source == "act":
                found.by_act.setdefault(int(ACTS[measure.act][1]), []).append(one)
            else:
                found.of_traits.append(one)
        return found

    def __bool__(self) -> bool:
        return bool(self.kept)

    @property
    def building(self) -> bool:
        return any(one.building for one in self.kept)

    def note_event(self, computed: Computed, event: Occurrence) -> None:
        """Add an event to a shopper's states."""
        if not self.by_event or not (concerned := self.by_event.get(name_of(event))):
            return
        properties = properties_of(event)
        day = self.days.day(event.at)
        for one in concerned:
            one.note(computed, properties, event.at, day)

    def note_line(self, computed: Computed, line: Line, product: str, item: ItemOf, at: int) -> None:
        """Add an act with an item to a shopper's states."""
        if not self.by_act or not (concerned := self.by_act.get(line.kind)):
            return
        properties = line_properties(line, product, item)
        day = self.days.day(at)
        for one in concerned:
            one.note(computed, properties, at, day)

    def prune(self, computed: Computed, today: int) -> None:
        """Forget what no window reaches any more, and the states of measures that are gone."""
        if not computed:
            return
        known = {one.key: one.measure for one in self.kept}
        for key in list(computed):
            state = known[key].pruned(computed[key], today, self.days) if key in known else {}
            if state:
                computed[key] = state
            else:
                del computed[key]

    def fold(self, into: Computed, other: Computed) -> None:
        """Add another profile's states to this one's. Traits come with the traits themselves."""
        for one in self.kept:
            theirs = other.get(one.key)
            if theirs and one.measure.source != "trait":
                state, how, most = into.setdefault(one.key, {}), one.measure.how, one.measure.most
                for part, value in theirs.items():
                    state[part] = how.fold(state[part], value, most) if part in state else value


def name_of(event: Occurrence) -> str:
    """What an event is called among measures: its folded name, or "@page" and "@screen"; "" for the others."""
    if event.type == TRACK:
        return folded(event.name)
    return {PAGE_TYPE: PAGE, SCREEN_TYPE: SCREEN}.get(event.type, "")


def properties_of(event: Occurrence) -> dict[str, Any]:
    """Properties, and the context below "context"; of a page or screen also its name, of all the channel."""
    from ..processing.channels import channel_of

    found = {"channel": channel_of(event), **event.properties, "context": event.context}
    if event.type != TRACK:
        found.setdefault("name", event.name)
    return found


def line_properties(line: Line, product: str, item: ItemOf) -> dict[str, Any]:
    return {
        "product": product,
        "category": item.category,
        "brand": item.brand,
        "channel": line.channel,
        "store": line.place if line.place >= 0 else None,
        "quantity": line.quantity,
        "value": line.value,
    }


@lru_cache(maxsize=2000)
def _compiled(digest: str, definition: bytes) -> tuple[Measure, tuple[Callable[[Any], bool], ...]]:
    import msgspec

    measure = parse(msgspec.json.decode(definition))
    return measure, tuple(one.matcher() for one in measure.where)


def kept(id: int, digest: str, definition: str, *, building: bool = False) -> Kept:
    """A stored measure, compiled once per process."""
    measure, matches = _compiled(digest, definition.encode())
    return Kept(id, measure, building, matches)


def kinds_of(measures: Sequence[Kept]) -> list[int]:
    """Kinds of interactions that these measures are made of."""
    return sorted(
        {int(Interaction.Kind(ACTS[k.measure.act][1])) for k in measures if k.measure.source == "act"}
    )
