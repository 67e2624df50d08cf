"""Whom a request is about: sealed with a key of the request's own while it is open, unreadable afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from tenants import audit, vault
from tenants.crypto import Unreadable, seal, unseal
from tenants.scope import Scope

from ..models import SubjectRequest
from ..names import address_form, address_in_id
from ..redaction import CannotRedact, redact
from ..registry import OnFile, Person
from .marks import Identity, marks, names_of, own_names
from .problems import Refused

KINDS = {
    "user_id": "User id",
    "email": "E-mail",
    "phone": "Phone",
    "anonymous_id": "Anonymous id",
}
LONGEST_NOTE = 2_000


@dataclass(frozen=True)
class Subject:
    """`identities`: (kind, value) as they were asked for. `notes`: what staff wrote, newest last.

    `apart`: profiles with an address of the person that staff said to be somebody else.
    """

    identities: tuple[Identity, ...]
    notes: tuple[str, ...] = ()
    apart: tuple[int, ...] = ()


def seal_subject(scope: Scope, request: SubjectRequest, subject: Subject) -> None:
    """Needs a transaction: the key is made with it."""
    key = vault.person_keys(scope.tenant_id, [request.pk.bytes])[request.pk.bytes]
    plain = orjson.dumps({"identities": subject.identities, "notes": subject.notes, "apart": subject.apart})
    request.subject_sealed = seal(key, plain, request.pk.bytes)


def open_subject(scope: Scope, request: SubjectRequest) -> Subject | None:
    """None once the request is closed: its key is gone."""
    content = _opened(scope, request, bytes(request.subject_sealed))
    if content is None:
        return None
    return Subject(
        tuple((kind, value) for kind, value in content["identities"]),
        tuple(content["notes"]),
        tuple(content.get("apart", ())),
    )


def clean_note(text: str) -> str:
    """What staff wrote, without names and numbers: whom the request is about stands beside it, sealed.

    Raises `Refused` for a note that is too long, or that can't be looked through now.
    """
    check_note(text)
    try:
        return redact(text.strip()).text
    except CannotRedact as error:
        raise Refused(
            "note_unread",
            "The note can't be looked through for personal data just now, so it is not kept. Try again soon.",
        ) from error


def check_note(text: str) -> None:
    """Raise `Refused` for a note that is too long: what was cut off would be missed when it is needed."""
    text = text.strip()
    if len(text) > LONGEST_NOTE:
        raise Refused(
            "note_too_long",
            f"A note may have {LONGEST_NOTE:,} characters; this one has {len(text):,}. Shorten it, or make two of it.",
        )


@transaction.atomic
def add_note(scope: Scope, request: SubjectRequest, text: str, *, actor: str) -> None:
    """A note of its own, on record. Raises `Refused` for an empty or long one, or when the request is closed."""
    if not text.strip():
        raise Refused("missing_note", "Write the note first.")
    request = SubjectRequest.objects.select_for_update().get(pk=request.pk)
    if not request.is_open:
        raise Refused("wrong_status", "The request is closed; it takes no more notes.")
    keep_note(scope, request, text)
    audit.record("note added to subject request", f"request:{request.pk}", actor)


def keep_note(scope: Scope, request: SubjectRequest, text: str) -> None:
    """Keep a sentence of staff with the subject: what it says of a person ends with the request."""
    subject = open_subject(scope, request)
    if subject is None or not text.strip():
        return
    seal_subject(scope, request, replace(subject, notes=(*subject.notes, clean_note(text))))
    request.save(update_fields=["subject_sealed"])


def resolve(scope: Scope, identities: Sequence[Identity]) -> Person:
    """Everything known of whoever the identities name, by the resolver that settings name."""
    person: Person = import_string(settings.SUBJECT_RESOLVER)(scope, identities)
    return person


def looked_for(scope: Scope, request: SubjectRequest) -> list[str]:
    """As which kinds the resolver looked for what was asked: an id as both kinds of id, an address as that as well."""
    asked = open_subject(scope, request)
    kinds = {"user_id", "anonymous_id"} if asked else set()
    for name in asked.identities if asked else ():
        row = address_in_id(scope.tenant_id, *name)
        kinds |= {name[0], row[0]} if row else {name[0]}
    return sorted(kinds)


def keep_person(scope: Scope, request: SubjectRequest, person: Person) -> None:
    """Write down whom a run is about, sealed: half-way through, the rows that said so are gone."""
    key = vault.existing_person_keys(scope.tenant_id, [request.pk.bytes])[request.pk.bytes]
    plain = orjson.dumps(
        {
            "profile_ids": person.profile_ids,
            "uuids": [str(u) for u in person.uuids],
            "units": [u.hex() for u in person.units],
            "blinds": [b.hex() for b in person.blinds],
            "identifiers": person.identifiers,
            "shoppers": person.shoppers,
            "on_file": sorted(_believed(person) | on_file_forms(scope, request)),
        }
    )
    asked = open_subject(scope, request)
    found = marks(scope.tenant_id, own_names(person) if asked and asked.apart else names_of(person))
    request.subject_marks = sorted({*(bytes(mark) for mark in request.subject_marks), *found})
    request.person_sealed = seal(key, plain, request.pk.bytes)
    request.save(update_fields=["person_sealed", "subject_marks"])


def _believed(person: Person) -> set[Identity]:
    said: list[OnFile] = import_string(settings.SUBJECT_ADDRESSES)(person)
    return {(a.kind, address_form(a.kind, a.value)) for a in said if a.trusted}


def on_file_forms(scope: Scope, request: SubjectRequest) -> set[Identity]:
    """(kind, form) of the addresses that a trusted source said of the kept person, before anything was erased."""
    content = _opened(scope, request, bytes(request.person_sealed)) or {}
    return {(kind, form) for kind, form in content.get("on_file", ())}


def kept_person(scope: Scope, request: SubjectRequest) -> Person | None:
    content = _opened(scope, request, bytes(request.person_sealed))
    if content is None:
        return None
    return Person(
        scope,
        tuple(content["profile_ids"]),
        tuple(UUID(u) for u in content["uuids"]),
        tuple(bytes.fromhex(u) for u in content["units"]),
        tuple(bytes.fromhex(b) for b in content["blinds"]),
        tuple((kind, value) for kind, value in content["identifiers"]),
        content.get("shoppers", 0),
    )


def forget_subject(scope: Scope, request: SubjectRequest) -> None:
    """Destroy the request's key and what it sealed; the caller saves the request in the same transaction."""
    vault.destroy_person_keys(scope.tenant_id, [request.pk.bytes])
    request.subject_sealed, request.person_sealed, request.subject_blinds = b"", b"", []
    request.link_mailed_to = ""


def _opened(scope: Scope, request: SubjectRequest, sealed: bytes) -> dict | None:
    if not sealed:
        return None
    key = vault.existing_person_keys(scope.tenant_id, [request.pk.bytes]).get(request.pk.bytes)
    if key is None:
        return None
    try:
        content: dict = orjson.loads(unseal(key, sealed, request.pk.bytes))
        return content
    except Unreadable:
        return None
