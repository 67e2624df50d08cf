"""What a batch's events say about who is who: links by trusted sources, claims by browsers. No database here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from compliance.names import ADDRESS_TRAITS, address_form
from tenants.crypto import blind_index

from .claims import Claimed
from .partition import Pair, pair
from .rules import ANONYMOUS, EMAIL, PHONE, USER, Rules

if TYPE_CHECKING:
    from ..processing.decode import Occurrence

IDENTIFY, ALIAS = 1, 6
_MOST_IDS = 20  # of one event; nobody means more
_MAX_ID = 500


@dataclass(frozen=True, slots=True)
class NewLink:
    """A trusted word, the earliest of the batch for its pair."""

    at: int
    key: bytes
    event_id: int
    how: str


@dataclass(slots=True)
class Words:
    """`values`: every name → (kind, value). `claims`: visitor → browsers' words, with their events.

    `visitors`: who act under no user id or are claimed → since when the batch tells of them.
    """

    values: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    links: dict[Pair, NewLink] = field(default_factory=dict)
    claims: dict[bytes, dict[Claimed, int]] = field(default_factory=dict)
    visitors: dict[bytes, int] = field(default_factory=dict)

    def link(self, one: bytes, other: bytes, event: Occurrence, how: str) -> None:
        if one == other:
            return
        said = NewLink(event.at, key_of(event), event.claimed.id, how)
        known = self.links.get(pair(one, other))
        if known is None or (said.at, said.key) < (known.at, known.key):
            self.links[pair(one, other)] = said

    def claim(self, visitor: bytes, shopper: bytes, event: Occurrence) -> None:
        said = Claimed(event.at, key_of(event), shopper)
        self.claims.setdefault(visitor, {})[said] = event.claimed.id
        self.saw(visitor, event.at)

    def saw(self, visitor: bytes, at: int) -> None:
        self.visitors[visitor] = min(at, self.visitors.get(visitor, at))

    def pairs(self) -> set[Pair]:
        """Everything that two names are called here, by whomever."""
        return self.links.keys() | {pair(v, c.shopper) for v, said in self.claims.items() for c in said}


def key_of(event: Occurrence) -> bytes:
    """What orders two events of one moment: the hash of the messageId."""
    return bytes.fromhex(event.claimed.message_key.replace("-", "")) if event.claimed.message_key else b""


def without_blocked(events: Sequence[Occurrence], rules: Rules) -> list[int]:
    """Take ids that name nobody out of the events; the positions of those that name nobody at all then."""
    nameless = []
    for position, event in enumerate(events):
        if not event.values or not any(rules.blocks(value) for _, value in event.values.values()):
            continue
        blocked = {blind for blind, (_, value) in event.values.items() if rules.blocks(value)}
        event.values = {blind: said for blind, said in event.values.items() if blind not in blocked}
        event.user = None if event.user in blocked else event.user
        event.anonymous = None if event.anonymous in blocked else event.anonymous
        event.previous = None if event.previous in blocked else event.previous
        if event.user is None and event.anonymous is None:
            nameless.append(position)
    return nameless


def read_words(tenant_id: int, events: Sequence[Occurrence], rules: Rules) -> Words:
    """Only identify and alias say who a visitor is, and trusted ones which addresses and further ids a shopper has."""
    words = Words()
    for event in events:
        handle = event.user or event.anonymous
        if handle is None:
            continue
        words.values.update(event.values)
        if event.user is None:
            words.saw(handle, event.at)
        visitor = _visitor(event)
        if visitor is not None and event.user is not None:
            if event.trusted:
                words.link(event.user, visitor, event, "alias" if event.type == ALIAS else "identify")
            else:
                words.claim(visitor, event.user, event)
        if event.trusted:
            for kind, value, how in _further(event):
                if not rules.blocks(value):
                    blind = blind_index(tenant_id, kind, value)
                    words.values[blind] = (kind, value)
                    words.link(handle, blind, event, how)
    return words


def _visitor(event: Occurrence) -> bytes | None:
    if event.type == IDENTIFY:
        return event.anonymous
    return event.previous if event.type == ALIAS else None


def _further(event: Occurrence) -> Iterator[tuple[str, str, str]]:
    """(kind, value in the one form in which it is compared, how it was said)."""
    if event.type == IDENTIFY and event.traits:
        for trait, kind in ADDRESS_TRAITS.items():
            form = normal(kind, event.traits.get(trait))
            if form:
                yield kind, form, "traits"
    for kind, form in external_ids(event.context):
        if kind != USER or event.user is None:  # one event, one user: a second one is no name of theirs
            yield kind, form, "externalIds"


def external_ids(context: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(kind, value in the one form) of the ids of people in `context.externalIds`."""
    said = context.get("externalIds")
    for entry in said[:_MOST_IDS] if isinstance(said, list) else ():
        if not isinstance(entry, dict) or entry.get("collection", "users") != "users":
            continue
        name, encoding = entry.get("type"), entry.get("encoding", "none")
        if not isinstance(name, str) or not 0 < len(name) <= 40 or "\x00" in name or encoding != "none":
            continue
        kind = name.strip()
        form = normal(kind, entry.get("id"))
        if form and kind:
            yield kind, form


def normal(kind: str, value: Any) -> str | None:
    """The form in which a value is compared; None for what can't be one of its kind."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    if not text or len(text) > _MAX_ID or "\x00" in text:
        return None
    if kind == EMAIL:
        form = address_form(EMAIL, text)
        return form if "@" in form[1:-1] and " " not in form and len(form) <= 320 else None
    if kind == PHONE:
        form = address_form(PHONE, text)
        return form if 6 <= len(form) <= 20 else None
    return text


__all__ = [
    "ANONYMOUS",
    "NewLink",
    "Words",
    "external_ids",
    "key_of",
    "normal",
    "read_words",
    "without_blocked",
]
