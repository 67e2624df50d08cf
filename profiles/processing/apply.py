"""Events onto drafts: traits, counts per day, leanings, and the interactions that go to the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tenants.scope import Scope

from ..days import Calendar
from ..features import buckets, habits, sessions
from ..identity.traits import BROWSER, SERVER
from ..identity.words import key_of
from ..models import Interaction
from ..traits.states import Measures
from .channels import channel_of
from .decode import GROUP, IDENTIFY, Occurrence, origin_of
from .drafts import Draft
from .facts import BadFact, Fact, counts_of, facts_of
from .items import Known, Standing
from .orders import changes_order, order_of

# How much an act says about taste.
ACT_WEIGHTS = {
    Interaction.Kind.VIEW: 1.0,
    Interaction.Kind.CLICK: 1.0,
    Interaction.Kind.WISH: 2.0,
    Interaction.Kind.CART: 3.0,
    Interaction.Kind.PURCHASE: 5.0,
}
_DEVICES = (
    ("ipad", "tablet"),
    ("tablet", "tablet"),
    ("iphone", "mobile"),
    ("android", "mobile"),
    ("mobile", "mobile"),
)


@dataclass(slots=True)
class Columns:
    """New interactions, column by column."""

    profile_id: list[int] = field(default_factory=list)
    item_pk: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    at: list[int] = field(default_factory=list)  # unix microseconds
    quantity: list[float] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    order_key: list[int] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    channel: list[str] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)  # as Interaction.origin

    def add(self, profile_id: int, item_pk: int, at: int, origin: int, fact: Fact) -> None:
        self.profile_id.append(profile_id)
        self.item_pk.append(item_pk)
        self.kind.append(fact.kind)
        self.at.append(at)
        self.quantity.append(fact.quantity)
        self.value.append(fact.value)
        self.order_key.append(fact.order_key)
        self.place.append(fact.place)
        self.channel.append(fact.channel)
        self.origin.append(origin)


class Line(Protocol):
    """Anything that says what kind of act it was."""

    @property
    def kind(self) -> int: ...


def read_facts(events: Sequence[Occurrence]) -> tuple[list[list[Fact]], dict[int, str]]:
    """Facts per event, and the events (by position) that can't be understood, with the reason."""
    facts: list[list[Fact]] = []
    bad: dict[int, str] = {}
    for position, event in enumerate(events):
        try:
            if (
                event.facts is None
            ):  # a batch is looked at before it is processed, and again when it is halved
                event.facts = facts_of(event)
            facts.append(event.facts)
        except BadFact as error:
            facts.append([])
            bad[position] = str(error)
    return facts, bad


def apply_events(
    scope: Scope,
    events: Sequence[Occurrence],
    place: Sequence[Draft | None],
    facts: Sequence[list[Fact]],
    items: dict[str, Known],
    standing: Standing,
    today: int,
    measures: Measures | None = None,
    days: Calendar | None = None,
) -> Columns:
    """Change the drafts by the events, in order. Days are those of `days` (else of `measures`), since 1970."""
    columns = Columns()
    measures = measures or Measures()
    days = days or measures.days
    for event, draft, lines in zip(events, place, facts, strict=True):
        if draft is not None:
            _apply(draft, event, lines, items, standing, columns, measures, days)
    for draft in {d.id: d for d in place if d is not None}.values():
        buckets.prune(draft.counters, today)
    return columns


def _apply(
    draft: Draft,
    event: Occurrence,
    facts: list[Fact],
    items: dict[str, Known],
    standing: Standing,
    columns: Columns,
    measures: Measures,
    days: Calendar,
) -> None:
    day = days.day(event.at)
    moment = event.moment
    sessions.note(draft.counters, event.at // 1_000_000, day)
    draft.seen(moment)
    draft.version += 1
    draft.events += 1
    for name, amount in counts_of(event, facts):
        buckets.add(draft.counters, day, name, amount)
    if order := order_of(event):
        _note_order(draft, event, order)
    _note_context(draft, event, days.hour(event.at))
    if event.type != GROUP:
        _note_traits(draft, event)
    measures.note_event(draft.computed, event)
    at = event.at / 1e6
    origin = origin_of(event.origin)
    for fact in facts:
        item = items.get(fact.item_id)
        if item is None:
            continue
        columns.add(draft.id, item.pk, event.at, origin, fact)
        note_taste(draft, fact, item, standing, at)
        measures.note_line(draft.computed, fact, fact.item_id, item, event.at)


def _note_order(draft: Draft, event: Occurrence, order: int) -> None:
    if changes_order(event):
        # By its receipt: so long is the order waited for.
        day = int(event.claimed.received_at.timestamp() // 86_400)
        buckets.note_changed_orders(draft.counters, day, [order])
        draft.unsettled = True
    elif order in buckets.changed_orders(draft.counters):
        draft.unsettled = True


def note_taste(draft: Draft, fact: Line, item: Known, standing: Standing, at: float) -> None:
    """Add to the leanings what a line says about taste; `at` in unix seconds."""
    weight = ACT_WEIGHTS.get(Interaction.Kind(fact.kind))
    if weight is None:
        return
    habits.note(draft.features, habits.CATEGORIES, item.category, at, weight)
    habits.note(draft.features, habits.BRANDS, item.brand, at, weight)
    price, popularity = standing.of(item.pk)
    if price is not None:
        habits.note_level(draft.features, habits.PRICE, price, at, weight)
    if popularity is not None:
        habits.note_level(draft.features, habits.POPULARITY, popularity, at, weight)


def _note_context(draft: Draft, event: Occurrence, hour: int) -> None:
    at = event.at / 1e6
    habits.note(draft.features, habits.DAYPARTS, daypart(hour), at)
    habits.note(draft.features, habits.CHANNELS, channel_of(event), at)
    device = device_of(event)
    if device:
        habits.note(draft.features, habits.DEVICES, device, at)


def note_identity(draft: Draft | None, event: Occurrence) -> None:
    """What an identify says of a shopper who refuses to be observed: their traits, and nothing derived from them."""
    if draft is not None and event.type == IDENTIFY and event.traits:
        draft.touched = True
        _note_traits(draft, event)


def _note_traits(draft: Draft, event: Occurrence) -> None:
    # On other calls than identify, context.traits may carry them.
    said = event.context.get("traits")
    news = {**said, **event.traits} if isinstance(said, dict) else event.traits
    source = SERVER if event.trusted and not event.doubtful else BROWSER
    draft.say(event.origin, news, event.at, key_of(event), source)


def daypart(hour: int) -> str:
    """night (0 to 6), morning (to 12), afternoon (to 18), evening, of an hour of the tenant's zone."""
    return ("night", "morning", "afternoon", "evening")[hour // 6]


def device_of(event: Occurrence) -> str:
    device = event.context.get("device")
    kind = device.get("type") if isinstance(device, dict) else None
    if isinstance(kind, str) and kind:
        return {"ios": "mobile", "android": "mobile"}.get(kind.lower(), kind.lower()[:20])
    agent = event.context.get("userAgent")
    if not isinstance(agent, str) or not agent:
        return ""
    agent = agent.lower()
    return next((name for mark, name in _DEVICES if mark in agent), "desktop")
