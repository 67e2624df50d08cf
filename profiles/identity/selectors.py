"""What makes a shopper one: the names, what joined them and when, what was refused, and what changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from compliance.names import ADDRESS_TRAITS
from tenants import vault
from tenants.crypto import Unreadable, blind_index, unseal
from tenants.scope import Scope

from ..models import Identifier, Profile
from .models import Claim, Cut, IdentityChange, Link
from .partition import pair
from .rules import ANONYMOUS, JOINING
from .words import normal

REASONS = {
    "shared": "several shoppers gave it, so it joins nobody",
    "first": "it was another shopper’s first",
    "limit": "the shopper would have more of them than the rules allow, or two user ids",
    "cut": "separated by hand",
    "blocked": "your rules say that this value is nobody’s name",
    "size": "more names would hang together than one person has",
}
SAID = {
    "identify": "an identify call of your server",
    "alias": "an alias call of your server",
    "traits": "an address that your server gave",
    "externalIds": "an external id that your server gave",
    "import": "an import",
    "staff": "a colleague",
    "before": "something said before this was noted",
    "browser": "a browser, until then",
}
KINDS = {"user_id": "User id", "anonymous_id": "Visitor", "email": "E-mail address", "phone": "Phone number"}


@dataclass(frozen=True, slots=True)
class Name:
    """`key`: hexadecimal, to name it in a form. `value` None: its key has been destroyed, or it is somebody else's."""

    key: str
    kind: str
    label: str
    value: str | None
    role: str  # own, claimed, joint

    @property
    def short(self) -> str:
        text = self.value or "?"
        return f"{text[:17]}…" if len(text) > 18 else text


@dataclass(frozen=True, slots=True)
class Word:
    """Somebody said that two names are one person's. `why`: empty when it holds, else why it joins nobody."""

    one: Name
    other: Name
    said: str
    at: dt.datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Identity:
    names: list[Name]
    visitors: list[Name]
    joints: list[Name]
    words: list[Word]
    refused: list[Word]
    changes: list[IdentityChange] = field(default_factory=list)
    apart: int = 0

    @property
    def separable(self) -> list[Name]:
        """What can be given away: one of several own names, or what a browser's visitor did."""
        return [*(self.names if len(self.names) > 1 else []), *self.visitors]


def identity_of(scope: Scope, profile: Profile, traits: dict[str, object]) -> Identity:
    """Everything of one shopper, in the connection's schema; `traits` are theirs, readable."""
    own = {bytes(row.blind): row for row in Identifier.objects.filter(profile=profile).order_by("pk")}
    claims = list(Claim.objects.filter(shopper__in=list(own)).order_by("at"))
    links = list(Link.objects.filter(a__in=list(own)) | Link.objects.filter(b__in=list(own)))
    ends = {bytes(end) for link in links for end in (link.a, link.b)} | {bytes(c.visitor) for c in claims}
    others = {bytes(row.blind): row for row in Identifier.objects.filter(blind__in=list(ends - own.keys()))}
    values = _values(scope, [*own.values(), *(r for r in others.values() if r.profile_id is None)])
    for trait, kind in ADDRESS_TRAITS.items():
        form = normal(kind, traits.get(trait))
        if form:
            values.setdefault(blind_index(scope.tenant_id, kind, form), form)
    names: dict[bytes, Name] = {}
    for blind, row in {**others, **own}.items():
        visitor = row.kind == ANONYMOUS and blind not in own
        role = (
            "own" if blind in own else "joint" if row.kind in JOINING else "claimed" if visitor else "other"
        )
        label = KINDS.get(row.kind, row.kind.replace("_", " ").capitalize())
        names[blind] = Name(blind.hex(), row.kind, label, values.get(blind), role)
    apart = _apart(own)
    words = [
        Word(
            names[bytes(k.a)],
            names[bytes(k.b)],
            SAID.get(k.how, k.how),
            _at(k.at),
            REASONS.get(k.refused, k.refused),
        )
        for k in sorted(links, key=lambda link: link.at)
        if bytes(k.a) in names and bytes(k.b) in names
    ]
    latest = {(bytes(c.visitor), bytes(c.shopper)): c for c in claims if bytes(c.visitor) in names}
    words += [
        Word(names[v], names[s], SAID["browser"], _at(c.at), REASONS["cut"] if pair(v, s) in apart else "")
        for (v, s), c in latest.items()
    ]
    visitors = [names[v] for v, s in latest if v not in own and pair(v, s) not in apart]
    changes = IdentityChange.objects.filter(kept_id=profile.pk) | IdentityChange.objects.filter(
        other_id=profile.pk
    )
    return Identity(
        [names[blind] for blind in own],
        list({name.key: name for name in visitors}.values()),
        [name for name in names.values() if name.role == "joint"],
        [word for word in words if not word.why],
        [word for word in words if word.why],
        list(changes.prefetch_related("cuts")[:50]),
        len(apart),
    )


def _apart(own: dict[bytes, Identifier]) -> set[tuple[bytes, bytes]]:
    cuts = Cut.objects.filter(a__in=list(own), undone_at=None) | Cut.objects.filter(
        b__in=list(own), undone_at=None
    )
    return {(bytes(cut.a), bytes(cut.b)) for cut in cuts}


def _values(scope: Scope, rows: list[Identifier]) -> dict[bytes, str]:
    keys = vault.existing_person_keys(scope.tenant_id, {bytes(row.blind) for row in rows})
    found = {}
    for row in rows:
        key = keys.get(bytes(row.blind))
        if key is None or not row.value_sealed:
            continue
        try:
            found[bytes(row.blind)] = unseal(key, bytes(row.value_sealed)).decode(errors="replace")
        except Unreadable:
            continue
    return found


def _at(micros: int) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(micros / 1e6, dt.UTC) if micros else None
