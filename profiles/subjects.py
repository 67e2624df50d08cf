"""Who is meant by a subject request: from what somebody says they are called to everything they are known by here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import connection

from compliance.consent import Choice
from compliance.models.consent import LawfulBasis
from compliance.names import ADDRESS_TRAITS, address_in_id
from compliance.names import refusals as refused_as
from compliance.registry import Person
from tenants import vault
from tenants.crypto import Unreadable, blind_index, unseal
from tenants.scope import Scope

from .consents import set_consent
from .identity.words import external_ids
from .models import Identifier, Profile
from .privacy.addresses import holders, somebody_elses, vouched
from .privacy.events import opened_with_source
from .privacy.identity import joint
from .selectors import traits_of

# Traits that are names of a person: looked for wherever free text may hold them.
_NAMING_TRAITS = {**ADDRESS_TRAITS, "username": "user_id"}


def resolve(scope: Scope, identities: Iterable[tuple[str, str]]) -> Person:
    """Everything known of whoever `identities` name: (kind, value) with kinds as Identifier.Kind.

    Everybody who has one of the addresses is meant, by an identifier or a trait, however it is written; an id that names
    nobody as what it was called is looked for as a user's and as a visitor's. Follows merges and opens the person's own
    events for further names. Runs inside the tenant's schema. A person of whom nothing is known has no profile ids.
    """
    asked = [(kind, value.strip()) for kind, value in identities if value.strip()]
    blinds = {blind_index(scope.tenant_id, kind, v) for kind, value in asked for v in {value, value.lower()}}
    return complete(scope, asked, blinds, _found(scope, asked))


def shoppers(scope: Scope, identities: Iterable[tuple[str, str]]) -> int:
    """How many profiles that were never merged `identities` lead to, as `resolve` finds them; opens nothing."""
    asked = [(kind, value.strip()) for kind, value in identities if value.strip()]
    everybody, _, _ = _with_merged(_found(scope, asked))
    return Profile.objects.filter(pk__in=everybody).count()


def again(person: Person) -> Person:
    """The person as of now: with names that they got, and profiles that late events made of their identifiers, meanwhile.

    Nothing that was known goes: what said so may be erased already.
    """
    profiles = set(person.profile_ids) | _profiles_of(person.blinds)
    fresh = complete(person.scope, person.identifiers, set(person.blinds), profiles, person.uuids)
    return replace(
        fresh,
        units=tuple(sorted({*fresh.units, *person.units})),
        shoppers=max(fresh.shoppers, person.shoppers),
    )


def refusals(person: Person) -> set[bytes]:
    """Under which hashes the person could come again: every name as a user's and as a visitor's, every address.

    What is the identifier of somebody else stays theirs, and so does an address that another living shopper has.
    """
    tenant_id, shared = person.scope.tenant_id, somebody_elses(person)
    names = {name for name in person.identifiers if address_in_id(tenant_id, *name) in shared}
    kept = {
        blind_index(tenant_id, kind, form)
        for _, value in names
        for kind in ("email", "phone")
        for form in (value, value.lower())
    } | {blind for _, blind in shared}
    every = refused_as(tenant_id, set(person.identifiers) - names) | (set(person.blinds) - kept)
    return _not_somebody_elses(every, set(person.profile_ids))


def complete(
    scope: Scope,
    named: Iterable[tuple[str, str]],
    blinds: set[bytes],
    profile_ids: set[int],
    uuids: Sequence[UUID] = (),
) -> Person:
    everybody, gone_uuids, gone_units = _with_merged(profile_ids)
    profiles = list(Profile.objects.filter(pk__in=everybody))
    rows = list(Identifier.objects.filter(profile_id__in=everybody))
    believed = vouched(everybody)
    names = dict.fromkeys([*named, *_own(scope, rows, believed)])
    for profile in profiles:
        names.update(dict.fromkeys(_believable(scope, _names_in(traits_of(scope, profile)), believed)))
    blinds = blinds | {bytes(row.blind) for row in rows} | {u for u in gone_units if u}
    so_far = Person(scope, tuple(sorted(everybody)), blinds=tuple(blinds))
    mentioned = _mentioned(so_far, {bytes(row.blind) for row in rows}, believed)
    free = _not_somebody_elses(set(mentioned) - blinds, everybody)
    names.update({mentioned[blind]: None for blind in free})
    blinds = blinds | free
    units = {bytes(profile.unit) for profile in profiles} | set(gone_units) | blinds
    return Person(
        scope,
        tuple(sorted(everybody)),
        tuple(sorted({*uuids, *gone_uuids, *(p.uuid for p in profiles)})),
        tuple(sorted(unit for unit in units if unit)),
        tuple(sorted(blinds)),
        tuple(names),
        len(profiles),
    )


def _profiles_of(blinds: Iterable[bytes]) -> set[int]:
    found = Identifier.objects.filter(blind__in=list(blinds)).exclude(profile=None)
    return set(found.values_list("profile_id", flat=True))


def _found(scope: Scope, asked: list[tuple[str, str]]) -> set[int]:
    tenant_id = scope.tenant_id
    hashes = {name: refused_as(tenant_id, [name]) for name in asked}
    every = set().union(*hashes.values())
    named = Identifier.objects.filter(blind__in=every).exclude(profile=None)
    known = named.values_list("blind", "profile_id")
    owner = {bytes(blind): profile for blind, profile in known}
    found: set[int] = set()
    rows = set()
    for kind, value in asked:
        exact = {blind_index(tenant_id, kind, form) for form in (value, value.lower())} & owner.keys()
        row = address_in_id(tenant_id, kind, value)
        rows |= {row} if row else set()
        # "42" may be one person's user id and another's visitor: the kind that was asked for decides, if it names one.
        hits = exact if exact and not row else hashes[kind, value] & owner.keys()
        found |= {owner[blind] for blind in hits}
    return found.union(*holders(rows).values())


def _with_merged(profile_ids: set[int]) -> tuple[set[int], list[UUID], list[bytes]]:
    """The profiles and all that were ever merged into them: numbers, and uuids and units of those gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE lost AS (
                   SELECT gone_id, gone_uuid, gone_unit FROM profiles_merge WHERE kept_id = ANY(%s)
                   UNION
                   SELECT m.gone_id, m.gone_uuid, m.gone_unit FROM profiles_merge m JOIN lost l ON m.kept_id = l.gone_id
               )
               SELECT gone_id, gone_uuid, gone_unit FROM lost""",
            [list(profile_ids)],
        )
        rows = cursor.fetchall()
    return profile_ids | {row[0] for row in rows}, [row[1] for row in rows], [bytes(row[2]) for row in rows]


def _opened(scope: Scope, rows: list[Identifier]) -> Iterator[tuple[str, str]]:
    keys = vault.existing_person_keys(scope.tenant_id, {bytes(row.blind) for row in rows})
    for row in rows:
        key = keys.get(bytes(row.blind))
        if key is None:
            continue
        try:
            yield row.kind, unseal(key, bytes(row.value_sealed)).decode(errors="replace")
        except Unreadable:
            continue


def _names_in(traits: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for trait, kind in _NAMING_TRAITS.items():
        value = traits.get(trait)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            yield kind, str(value).strip()


def _believable(
    scope: Scope, names: Iterable[tuple[str, str]], believed: set[tuple[str, bytes]]
) -> Iterator[tuple[str, str]]:
    """Without addresses that nobody vouches for: a browser could have named somebody else's.

    A visitor's id or a user name that looks like an address may be anybody's.
    """
    for kind, value in names:
        row = address_in_id(scope.tenant_id, kind, value)
        if row is None or row in believed:
            yield kind, value


def _own(scope: Scope, rows: list[Identifier], believed: set[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
    for name in _opened(scope, rows):
        if name[0] != Identifier.Kind.ANONYMOUS_ID or any(_believable(scope, [name], believed)):
            yield name


def _mentioned(
    person: Person, own: set[bytes], believed: set[tuple[str, bytes]]
) -> dict[bytes, tuple[str, str]]:
    """Ids and addresses that stand in the person's own events: blind index → (kind, value).

    Addresses count when a server sent them for one of the person's `own` identifiers, and not for a visitor of whom a
    browser said that it is them; a visitor's id comes from the browser in any case. Further ids (`context.externalIds`)
    count when a server sent them, unless they are said of other shoppers too, as a household's number is.
    """
    found: dict[bytes, tuple[str, str]] = {}
    further: set[tuple[str, str]] = set()
    tenant_id = person.scope.tenant_id
    for type_, _, said_for, stored in opened_with_source(person):
        trusted = said_for in own
        event = stored.get("event", {})
        ids = [("userId", "user_id"), ("anonymousId", "anonymous_id")]
        if type_ == 6:
            ids.append(("previousId", "anonymous_id"))
        named = [
            (kind, str(value).strip(), trusted and field != "anonymousId")
            for field, kind in ids
            if isinstance(value := event.get(field), str | int)
            and not isinstance(value, bool)
            and value != ""
        ]
        context = event.get("context")
        for traits in (event.get("traits"), context.get("traits") if isinstance(context, dict) else None):
            named += [(*name, trusted) for name in _names_in(traits if isinstance(traits, dict) else {})]
        if trusted and isinstance(context, dict):
            further |= set(external_ids(context))
        for kind, value, sure in named:
            row = address_in_id(tenant_id, kind, value)
            if sure or row is None or row in believed:
                found[blind_index(tenant_id, kind, value)] = (kind, value)
    by_blind = {blind_index(tenant_id, kind, form): (kind, form) for kind, form in further}
    return found | {blind: by_blind[blind] for blind in by_blind.keys() - joint(by_blind, person.profile_ids)}


def _not_somebody_elses(blinds: set[bytes], own: set[int]) -> set[bytes]:
    others = (
        Identifier.objects.filter(blind__in=blinds)
        .exclude(profile=None)
        .exclude(profile_id__in=own)
        .values_list("blind", flat=True)
    )
    return blinds - {bytes(blind) for blind in others}


def limit(scope: Scope, person: Person, kind: str, actor: str) -> None:
    """An objection (Article 21 GDPR) ends personalisation and marketing; a restriction (Article 18) analytics as well."""
    purposes = ["personalisation", "marketing"] + (["analytics"] if kind == "restriction" else [])
    # We keep to it because the law says so, not because somebody withdrew a consent.
    basis = LawfulBasis.LEGAL_OBLIGATION.value
    choices = [Choice(purpose, granted=False, lawful_basis=basis, source=kind) for purpose in purposes]
    for profile_id in Profile.objects.filter(pk__in=person.profile_ids).values_list("pk", flat=True):
        set_consent(scope, profile_id, choices, actor=actor)
