"""Who is meant by a subject request: from what somebody says they are called to everything they are known by here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from compliance.consent import Choice
from compliance.models.consent import LawfulBasis
from compliance.names import ADDRESS_TRAITS
from compliance.names import refusals as refused_as
from compliance.registry import Person
from tenants import vault
from tenants.crypto import Unreadable, blind_index, unseal
from tenants.scope import Scope

from .consents import set_consent
from .models import Identifier, Profile
from .privacy.events import opened
from .selectors import traits_of

SCAN = 2_000
# Traits that are names of a person: looked for wherever free text may hold them.
_NAMING_TRAITS = {**ADDRESS_TRAITS, "username": "user_id"}


def resolve(scope: Scope, identities: Iterable[tuple[str, str]]) -> Person:
    """Everything known of whoever `identities` name: (kind, value) with kinds as Identifier.Kind.

    Follows merges, opens the person's own events for further names, and for an e-mail address or a phone number that
    is nobody's identifier looks into every profile's sealed traits. Runs inside the tenant's schema. A person of whom
    nothing is known has no profile ids.
    """
    asked = [(kind, value.strip()) for kind, value in identities if value.strip()]
    blinds = {blind_index(scope.tenant_id, kind, v) for kind, value in asked for v in {value, value.lower()}}
    found = _profiles_of(blinds)
    if not found:
        found = set(_with_traits(scope, [pair for pair in asked if pair[0] in ("email", "phone")]))
    return complete(scope, asked, blinds, found)


def again(person: Person) -> Person:
    """The person as of now: with profiles that a late event made of their identifiers meanwhile."""
    news = _profiles_of(person.blinds) - set(person.profile_ids)
    if not news:
        return person
    return complete(
        person.scope, person.identifiers, set(person.blinds), set(person.profile_ids) | news, person.uuids
    )


def refusals(person: Person) -> set[bytes]:
    """Under which hashes the person could come again: every name as a user's and as a visitor's, every address.

    What is the identifier of somebody else stays theirs.
    """
    every = refused_as(person.scope.tenant_id, person.identifiers) | set(person.blinds)
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
    names = dict.fromkeys([*named, *_opened(scope, rows)])
    for profile in profiles:
        names.update(dict.fromkeys(_names_in(traits_of(scope, profile))))
    blinds = blinds | {bytes(row.blind) for row in rows} | {u for u in gone_units if u}
    so_far = Person(scope, tuple(sorted(everybody)), blinds=tuple(blinds))
    mentioned = _mentioned(so_far)
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
    return set(Identifier.objects.filter(blind__in=list(blinds)).values_list("profile_id", flat=True))


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


def _mentioned(person: Person) -> dict[bytes, tuple[str, str]]:
    """Ids that stand in the person's own events: blind index → (kind, value)."""
    found: dict[bytes, tuple[str, str]] = {}
    for type_, _, stored in opened(person):
        event = stored.get("event", {})
        fields = [("userId", "user_id"), ("anonymousId", "anonymous_id")]
        if type_ == 6:
            fields.append(("previousId", "anonymous_id"))
        for field, kind in fields:
            value = event.get(field)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                found[blind_index(person.scope.tenant_id, kind, str(value))] = (kind, str(value).strip())
        context = event.get("context")
        for traits in (event.get("traits"), context.get("traits") if isinstance(context, dict) else None):
            for kind, value in _names_in(traits if isinstance(traits, dict) else {}):
                found[blind_index(person.scope.tenant_id, kind, value)] = (kind, value)
    return found


def _not_somebody_elses(blinds: set[bytes], own: set[int]) -> set[bytes]:
    others = (
        Identifier.objects.filter(blind__in=blinds)
        .exclude(profile_id__in=own)
        .values_list("blind", flat=True)
    )
    return blinds - {bytes(blind) for blind in others}


def _with_traits(scope: Scope, wanted: list[tuple[str, str]]) -> Iterator[int]:
    """Profiles whose sealed traits hold one of these addresses or numbers: each is opened, in portions."""
    if not wanted:
        return
    values = {(kind, value.casefold()) for kind, value in wanted}
    after = 0
    while True:
        rows = list(
            Profile.objects.filter(pk__gt=after)
            .exclude(traits_sealed=b"")
            .order_by("pk")
            .values_list("pk", "uuid", "traits_sealed")[:SCAN]
        )
        if not rows:
            return
        after = rows[-1][0]
        keys = vault.existing_person_keys(scope.tenant_id, {uuid.bytes for _, uuid, _ in rows})
        for pk, uuid, sealed in rows:
            key = keys.get(uuid.bytes)
            if key is None:
                continue
            try:
                traits = orjson.loads(unseal(key, bytes(sealed)))
            except (Unreadable, orjson.JSONDecodeError):
                continue
            if any((kind, value.casefold()) in values for kind, value in _names_in(traits)):
                yield pk


def limit(scope: Scope, person: Person, kind: str, actor: str) -> None:
    """An objection (Article 21 GDPR) ends personalisation and marketing; a restriction (Article 18) analytics as well."""
    purposes = ["personalisation", "marketing"] + (["analytics"] if kind == "restriction" else [])
    # We keep to it because the law says so, not because somebody withdrew a consent.
    basis = LawfulBasis.LEGAL_OBLIGATION.value
    choices = [Choice(purpose, granted=False, lawful_basis=basis, source=kind) for purpose in purposes]
    for profile_id in Profile.objects.filter(pk__in=person.profile_ids).values_list("pk", flat=True):
        set_consent(scope, profile_id, choices, actor=actor)
