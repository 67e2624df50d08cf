"""A person's addresses: which of them a trusted source said, who else has them, and whom an address finds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.urls import reverse

from compliance.names import ADDRESS_TRAITS, address_in_id, address_row
from compliance.registry import OnFile, Person

from ..models import Address, Profile
from ..selectors import identifiers_of, traits_of

Row = tuple[str, bytes]  # kind, hash


def holders(rows: Iterable[Row]) -> dict[Row, set[int]]:
    """Row → the profiles that have it, whoever said so."""
    wanted = set(rows)
    found: dict[Row, set[int]] = {}
    if not wanted:
        return found
    with connection.cursor() as cursor:
        # A profile that is gone leaves its rows to the next look of an erasure: they find nobody.
        cursor.execute(
            """SELECT a.kind, a.blind, a.profile_id FROM profiles_address a
               WHERE a.blind = ANY(%s::bytea[]) AND EXISTS (SELECT 1 FROM profiles_profile p WHERE p.id = a.profile_id)""",
            [[blind for _, blind in wanted]],
        )
        for kind, blind, profile in cursor.fetchall():
            if (kind, bytes(blind)) in wanted:
                found.setdefault((kind, bytes(blind)), set()).add(profile)
    return found


def pages(profile_ids: Iterable[int]) -> list[str]:
    """The console's pages of those of these shoppers who are not gone."""
    living = Profile.objects.filter(pk__in=list(profile_ids)).order_by("pk").values_list("pk", flat=True)
    return [reverse("admin:profiles_profile_change", args=[pk]) for pk in living]


def vouched(profile_ids: Iterable[int]) -> set[Row]:
    """What a trusted source said of these profiles."""
    rows = Address.objects.filter(profile_id__in=list(profile_ids), trusted=True).values_list("kind", "blind")
    return {(kind, bytes(blind)) for kind, blind in rows}


def shared_names(person: Person) -> set[tuple[str, str]]:
    """Those of the person's names, (kind, value), that are an address of another living shopper too."""
    shared = somebody_elses(person)
    return {name for name in person.identifiers if address_in_id(person.scope.tenant_id, *name) in shared}


def somebody_elses(person: Person) -> set[Row]:
    """Those of the person's addresses that another living shopper has too."""
    tenant_id, own = person.scope.tenant_id, set(person.profile_ids)
    rows = {row for name in person.identifiers if (row := address_in_id(tenant_id, *name))}
    return {row for row, profiles in holders(rows).items() if profiles - own}


def on_file(person: Person) -> list[OnFile]:
    """The person's addresses, readable, those that a trusted source said first."""
    tenant_id, own = person.scope.tenant_id, set(person.profile_ids)
    values: dict[Row, str] = {}
    for profile in Profile.objects.filter(pk__in=own):
        said: list[tuple[str, Any]] = [
            (kind, value) for trait, value in traits_of(person.scope, profile).items()
            if (kind := ADDRESS_TRAITS.get(trait))
        ]  # fmt: skip
        for kind, value in said:
            row = address_row(tenant_id, kind, value)
            if row:
                values.setdefault(row, str(value).strip())
        for name in identifiers_of(person.scope, profile):
            row = address_in_id(tenant_id, name["kind"], name["value"])
            if row:
                values.setdefault(row, name["value"].strip())
    others = holders(values)
    found: dict[Row, OnFile] = {}
    for address in Address.objects.filter(profile_id__in=own).order_by("-trusted", "since", "pk"):
        row = address.kind, bytes(address.blind)
        if row in values and row not in found:
            found[row] = OnFile(
                address.kind,
                values[row],
                address.trusted,
                address.get_source_display(),
                address.since,
                tuple(sorted(others.get(row, set()) - own)),
            )
    return list(found.values())
