"""Finding and naming shoppers for staff: exact look-up by blind index, names unsealed only for who may read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from compliance.names import address_row
from tenants import vault
from tenants.crypto import Unreadable, blind_index, unseal

from ..identity.traits import opened
from ..models import Address, Identifier, Profile

READ_IDENTITIES = "profiles.view_identifier"
_BEST_FIRST = ("user_id", "email", "phone", "anonymous_id")


@dataclass(frozen=True)
class Identity:
    """`value` is None when its key has been destroyed."""

    profile_id: int
    kind: str
    label: str
    value: str | None


def find(tenant_id: int, text: str) -> list[int]:
    """Profiles known by exactly this user id, e-mail address, phone number or anonymous id.

    Addresses are found however they are written, also those that only a trait says.
    """
    text = text.strip()
    blinds = [
        blind_index(tenant_id, kind, value)
        for kind in Identifier.Kind.values
        for value in {text, text.lower()}
    ]
    named = (
        Identifier.objects.filter(blind__in=blinds).exclude(profile=None).values_list("profile_id", flat=True)
    )
    written = [row for kind in ("email", "phone") if (row := address_row(tenant_id, kind, text))]
    reached = Address.objects.filter(blind__in=[blind for _, blind in written])
    return sorted({*named, *reached.values_list("profile_id", flat=True)})


def identities(tenant_id: int, profile_ids: Iterable[int]) -> list[Identity]:
    """Everything these shoppers are known by; three statements for any number of them."""
    rows = list(Identifier.objects.filter(profile_id__in=list(profile_ids)))
    keys = vault.existing_person_keys(tenant_id, [bytes(row.blind) for row in rows])
    found = [
        Identity(
            row.profile_id or 0,
            row.kind,
            row.get_kind_display(),
            _opened(keys.get(bytes(row.blind)), row.value_sealed),
        )
        for row in rows
    ]
    return sorted(found, key=lambda i: _BEST_FIRST.index(i.kind) if i.kind in _BEST_FIRST else 9)


def names(request: HttpRequest, profile_ids: Iterable[int]) -> dict[int, str]:
    """The best name of each shopper, for staff who may read identities; others see the pseudonym of the profile."""
    if not request.user.has_perm(READ_IDENTITIES):  # type: ignore[union-attr]  # staff
        return {}
    best: dict[int, str] = {}
    for identity in identities(request.tenant.pk, profile_ids):  # type: ignore[attr-defined]  # HostTenantMiddleware
        if identity.value is not None:
            best.setdefault(identity.profile_id, said(identity))
    return best


def said(identity: Identity) -> str:
    """An identifier as a name; an anonymous id is a long random text that nobody reads to its end."""
    value = identity.value or ""
    return f"Visitor {value[:8]}" if identity.kind == Identifier.Kind.ANONYMOUS_ID else value


def traits(tenant_id: int, profile: Profile) -> dict[str, Any]:
    """The personal traits, unsealed; empty when there are none or their key has been destroyed."""
    handle = profile.uuid.bytes
    key = vault.existing_person_keys(tenant_id, [handle]).get(handle)
    text = _opened(key, profile.traits_sealed) if profile.traits_sealed else None
    return opened(text)


def _opened(key: bytes | None, sealed: bytes | memoryview) -> str | None:
    if key is None:
        return None
    try:
        return unseal(key, bytes(sealed)).decode(errors="replace")
    except Unreadable:
        return None
