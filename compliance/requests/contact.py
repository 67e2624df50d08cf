"""Where to answer a request that is closed: kept sealed until staff have answered, a month at most, then destroyed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import NamedTuple

import orjson
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tenants import audit, vault
from tenants.crypto import Unreadable, seal, unseal
from tenants.scope import Scope

from ..models import Bundle, Contact, SubjectRequest
from ..names import address_form
from ..registry import Person
from .marks import Identity, marks, own_names
from .problems import Refused
from .subject import kept_person, on_file_forms, open_subject

LIFE = dt.timedelta(days=30)
_ADDRESSES = ("email", "phone")


def keep_contact(scope: Scope, request: SubjectRequest) -> None:
    """Before the request's key goes, in the transaction that closes it.

    E-mail and phone that were asked with; those on file too, once the person was verified and the request carried out.
    Who gave neither is kept as they named themselves.
    """
    asked = open_subject(scope, request)
    if asked is None or Contact.objects.filter(request=request).exists():
        return
    person = kept_person(scope, request) if request.status == SubjectRequest.Status.COMPLETED else None
    believed = on_file_forms(scope, request) if person else set()
    named = [*asked.identities, *(person.identifiers if person else ())]
    addresses = {
        (kind, value.casefold()): (kind, value, (kind, address_form(kind, value)) in believed)
        for kind, value in named
        if kind in _ADDRESSES
    }
    bundle = Bundle.objects.filter(request=request).first()
    number = uuid.uuid4()
    key = vault.person_keys(scope.tenant_id, [number.bytes])[number.bytes]
    kept = list(addresses.values()) or [(kind, value, False) for kind, value in asked.identities]
    plain = orjson.dumps(kept)
    Contact.objects.create(
        id=number,
        request=request,
        sealed=seal(key, plain, number.bytes),
        until=bundle.expires_at if bundle else timezone.now() + LIFE,
    )


class Answer(NamedTuple):
    """Where to answer. `on_file`: a server or an import said so of the person; otherwise it was only asked with."""

    kind: str
    value: str
    on_file: bool = False


def contact_of(scope: Scope, request: SubjectRequest) -> tuple[Identity, ...]:
    """(kind, value) of `answers_of`."""
    return tuple((answer.kind, answer.value) for answer in answers_of(scope, request))


def answers_of(scope: Scope, request: SubjectRequest) -> tuple[Answer, ...]:
    """Under which to answer, those on file first; nothing when it was answered, or too long ago."""
    kept = Contact.objects.filter(request=request, until__gt=timezone.now()).first()
    if kept is None:
        return ()
    key = vault.existing_person_keys(scope.tenant_id, [kept.pk.bytes]).get(kept.pk.bytes)
    try:
        content = orjson.loads(unseal(key, bytes(kept.sealed), kept.pk.bytes)) if key else []
    except Unreadable:
        return ()
    return tuple(sorted((Answer(*entry) for entry in content), key=lambda answer: not answer.on_file))


@transaction.atomic
def answered(scope: Scope, request: SubjectRequest, *, actor: str) -> SubjectRequest:
    """Staff have told the person; from here on nobody can read whom the request was about."""
    request = SubjectRequest.objects.select_for_update().get(pk=request.pk)
    kept = list(Contact.objects.filter(request=request))
    if not kept:
        raise Refused(
            "nothing_to_answer", "There is no address left to answer to: it was answered or is too old."
        )
    request.answered_at = timezone.now()
    request.save(update_fields=["answered_at"])
    _destroy(scope, kept)
    audit.record("subject request answered", f"request:{request.pk}", actor)
    return request


@transaction.atomic
def expire_contacts(scope: Scope) -> int:
    return _destroy(scope, list(Contact.objects.filter(until__lte=timezone.now())))


def erase(person: Person) -> int:
    """Of earlier requests of a person who is erased now: this one's answer reaches them."""
    with transaction.atomic():
        return _destroy(person.scope, list(_contacts(person)))


def verify(person: Person) -> int:
    return _contacts(person).count()


def note(person: Person) -> str:
    return "Where to answer this request is kept sealed until it is answered, 30 days at most; then its key is destroyed."


def _contacts(person: Person) -> QuerySet[Contact]:
    wanted = marks(person.scope.tenant_id, own_names(person))
    return Contact.objects.filter(request__subject_marks__overlap=wanted)


def _destroy(scope: Scope, found: list[Contact]) -> int:
    vault.destroy_person_keys(scope.tenant_id, [contact.pk.bytes for contact in found])
    Contact.objects.filter(pk__in=[contact.pk for contact in found]).delete()
    return len(found)
