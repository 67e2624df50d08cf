"""What is measured of each shopper: a function over events, over acts with items, or over what they are said to be."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from compliance.names import ADDRESS_TRAITS

from ..days import UTC_DAYS, Calendar
from ..models import Interaction
from .functions import FUNCTIONS, MOST_COUNTED, MOST_COUNTED_A_DAY, NUMBERS, Function, Kind, State
from .texts import SCALE, day_of, number_of, text_of
from .where import Where

LONGEST_WINDOW = 365
NEVER = -(10**18)  # unix microseconds before anything happened
# Instead of a property: when it happened.
TIME = "@time"
# Instead of an event's name: any page or screen, whose name is the property "name".
PAGE, SCREEN = "@page", "@screen"
_Kinds = Interaction.Kind
ACTS: dict[str, tuple[str, int]] = {
    "viewed": ("viewed", _Kinds.VIEW),
    "added": ("added to the cart", _Kinds.CART),
    "removed": ("removed from the cart", _Kinds.REMOVE),
    "bought": ("bought", _Kinds.PURCHASE),
    "returned": ("returned", _Kinds.REFUND),
    "clicked": ("clicked a recommendation", _Kinds.CLICK),
    "wished": ("put on the wish list", _Kinds.WISH),
    "unwished": ("taken off the wish list", _Kinds.UNWISH),
}
# What an act with an item tells, whether it came as an event or with imported history.
ACT_PROPERTIES = {
    "product": "text",
    "category": "text",
    "brand": "text",
    "channel": "text",
    "store": "text",
    "quantity": "number",
    "value": "number",
}


class Measure(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True, dict=True):
    """`source` "event": `event` by its name; "act": lines with items, imported ones too; "trait": the trait at
    `path` as it is now. `shown`: what first, last and a trait are. `days`: None for ever. `lines`: the list of an event
    ("products") whose lines count one by one: `where` and the property then speak of the same line.
    """

    source: Literal["event", "act", "trait"] = "event"
    event: Annotated[str, Meta(max_length=120)] = ""
    act: Literal["viewed", "added", "removed", "bought", "returned", "clicked", "wished", "unwished"] = (
        "bought"
    )
    function: Literal[
        "count", "sum", "average", "minimum", "maximum", "most_frequent", "first", "last", "unique_list"
    ] = "count"
    path: Annotated[str, Meta(max_length=120)] = msgspec.field(default="", name="property")
    shown: Literal["text", "number", "date"] = "text"
    where: Annotated[list[Where], Meta(max_length=10)] = []
    days: Annotated[int, Meta(ge=1, le=LONGEST_WINDOW)] | None = None
    lines: Annotated[str, Meta(max_length=120)] = ""

    @cached_property
    def how(self) -> Function:
        return FUNCTIONS[self.function]

    @cached_property
    def kind(self) -> Kind:
        """What its value is: a number, a text, a date, or several names."""
        if self.function == "count" or self.function in NUMBERS:
            return "number"
        if self.function == "unique_list":
            return "names"
        return "text" if self.function == "most_frequent" else self.shown

    @cached_property
    def digest(self) -> str:
        """The same for measures that keep the same of each shopper: those share their state."""
        same = msgspec.structs.replace(
            self, event=folded(self.event), where=sorted(self.where, key=lambda w: msgspec.json.encode(w))
        )
        return blake2b(msgspec.json.encode(same), digest_size=16).hexdigest()

    def problems(self) -> Iterator[tuple[str, str]]:
        """(field, sentence) of everything that has to be mended."""
        if self.source == "event" and not self.event.strip():
            yield "event", "Say which event."
        if self.source == "trait":
            if not self.path:
                yield "property", "Say which trait."
            if self.path in ADDRESS_TRAITS:
                yield (
                    "property",
                    "Addresses stay sealed. “How we can reach them” asks whether there is one.",
                )
            if self.function not in ("last", "unique_list"):
                yield "function", "A trait is taken as it is now, or as a list."
        elif self.how.needs_property and not self.path:
            yield "property", f"“{self.how.words}” needs a property."
        if self.path == TIME and (self.function not in ("first", "last") or self.shown != "date"):
            yield "property", "The time is for “First” and “Last”, shown as a date."
        if self.lines and self.source != "event":
            yield "lines", "Only an event has lists; what is bought or viewed counts line by line anyway."
        if self.source == "act":
            yield from self._act_problems()
        for one in self.where:
            if message := one.problem():
                yield "where", message

    def _act_problems(self) -> Iterator[tuple[str, str]]:
        for name in {self.path, *(one.property for one in self.where)} - {"", TIME}:
            if name not in ACT_PROPERTIES:
                yield "property", f"Of what is {ACTS[self.act][0]}, “{name}” is not known."
        if self.function in NUMBERS and self.path and ACT_PROPERTIES.get(self.path) == "text":
            yield "property", f"“{self.path}” is no number."

    def observed(self, value: Any) -> Any:
        """A property's value as states keep it; None for what can't be kept."""
        kind = "text" if self.kind == "names" else self.kind
        if kind == "number":
            return number_of(value)
        return day_of(value) if kind == "date" else text_of(value)

    def part(self, day: int) -> str:
        """The part of the state to which an event of `day` (since 1970) belongs."""
        return str(day) if self.days is not None and self.how.daily else "0"

    @property
    def most(self) -> int:
        return MOST_COUNTED if self.days is None else MOST_COUNTED_A_DAY

    def first_day(self, today: int) -> int:
        return -(10**6) if self.days is None else today - self.days + 1

    def value(self, state: State | None, today: int, days: Calendar = UTC_DAYS) -> Any:
        """What the state says on the day `today` of `days` (since 1970): number, text, "2026-11-23", list, or None."""
        state, first = state or {}, self.first_day(today)
        daily = self.days is not None and self.how.daily
        parts = [v for day, v in state.items() if not daily or int(day) >= first]
        found = self.how.read(parts, self._since(first, days))
        if found is not None and self.function in ("first", "last") and self.kind == "number":
            found /= SCALE
        return found

    def _since(self, first: int, days: Calendar) -> int:
        return NEVER if self.days is None else days.start(first)

    def pruned(self, state: State, today: int, days: Calendar = UTC_DAYS) -> State:
        """Without what no window reaches any more."""
        if self.days is None:
            return state
        first = self.first_day(today)
        if self.how.daily:
            return state if min(map(int, state), default=first) >= first else {
                day: value for day, value in state.items() if int(day) >= first
            }  # fmt: skip
        if self.function == "unique_list":
            since = days.start(first)
            kept = {v: at for v, at in state.get("0", {}).items() if at >= since}
            return {"0": kept} if kept else {}
        return {} if state and state["0"][0] < days.start(first) else state

    def words(self, currency: str = "") -> str:
        """ "Sum of revenue of Order Completed in the last 90 days"."""
        if self.source == "trait":
            return f"The trait {self.path}, as it is now"
        what = {PAGE: "a page viewed", SCREEN: "a screen viewed"}.get(self.event, self.event)
        what = f"an item {ACTS[self.act][0]}" if self.source == "act" else what
        if self.lines:
            what = f"a line of {self.lines} of {what}"
        if self.path == TIME:
            text = f"{self.how.words} time of {what}"
        elif self.how.needs_property:
            text = f"{self.how.words} {'of ' if self.function in ('sum', 'average') else ''}{self.path} of {what}"
        else:
            text = f"Number of times of {what}"
        if self.where:
            text += " where " + " and ".join(one.words() for one in self.where)
        when = "" if self.days is None else "today" if self.days == 1 else f"in the last {self.days} days"
        return f"{text} {when}".strip()


def folded(name: str) -> str:
    """Event names compare without case and outer blanks."""
    return name.strip().lower()


def parse(document: Any) -> Measure:
    """Raises msgspec.ValidationError for a document of another form."""
    return msgspec.convert(document, Measure)


def plain(measure: Measure) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(measure)
    return found
