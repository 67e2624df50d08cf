"""What stays of whom a request was about: a keyed hash of each identifier, by which a search finds the request again."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable
from hashlib import sha256

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from tenants.crypto import blind_index, derived_key

from ..models import SubjectRequest
from ..registry import Person

Identity = tuple[str, str]
MOST_SIBLINGS = 10


def digest(tenant_id: int, identities: Iterable[Identity]) -> bytes:
    """32 bytes by which the subject can recognise the receipt, with us, and nobody else: HMAC-SHA256, tenant's key."""
    text = "\n".join(sorted(f"{kind}:{value.strip().casefold()}" for kind, value in identities))
    return keyed_digest(tenant_id, text.encode())


def keyed_digest(tenant_id: int, content: bytes) -> bytes:
    """32 bytes that only we can make, so that nobody finds out by trying whom a digest is about."""
    return hmac.digest(derived_key(f"subject:{tenant_id}"), content, sha256)


def blinds(tenant_id: int, identities: Iterable[Identity]) -> list[bytes]:
    return sorted({blind_index(tenant_id, kind, value.strip()) for kind, value in identities})


def marks(tenant_id: int, blind_indexes: Iterable[bytes]) -> list[bytes]:
    """32 bytes for each blind index; another purpose's key, so that a mark can't be matched with any table."""
    return sorted({keyed_digest(tenant_id, b"identity\0" + blind) for blind in blind_indexes})


def names_of(person: Person) -> set[bytes]:
    """Blind indexes of everything the person is called, also of names that only a trait or the request holds."""
    return {*person.blinds, *spellings(person.scope.tenant_id, person.identifiers)}


def spellings(tenant_id: int, identities: Iterable[Identity]) -> set[bytes]:
    """Blind indexes as written and in small letters, as the resolver looks for them."""
    both = ((kind, form) for kind, value in identities for form in {value.strip(), value.strip().lower()})
    return set(blinds(tenant_id, both))


def own_names(person: Person) -> set[bytes]:
    """Blind indexes of what the person alone is called: a household's number doesn't say whose request it is."""
    shared: set[tuple[str, str]] = import_string(settings.SUBJECT_SHARED)(person)
    addresses = [name for name in shared if name[0] in ("email", "phone")]
    return names_of(person) - spellings(person.scope.tenant_id, addresses)


def about(tenant_id: int, names: Collection[bytes]) -> Q:
    """Requests, open or closed, of whoever has one of these blind indexes."""
    return Q(subject_marks__overlap=marks(tenant_id, names)) | Q(subject_blinds__overlap=sorted(names))


def siblings(request: SubjectRequest) -> QuerySet[SubjectRequest]:
    """Other requests of the same person, the newest first."""
    same = SubjectRequest.objects.filter(
        subject_marks__overlap=[bytes(mark) for mark in request.subject_marks]
    )
    return same.exclude(pk=request.pk).order_by("-received_at")[:MOST_SIBLINGS]
