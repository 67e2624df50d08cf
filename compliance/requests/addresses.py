"""The person's addresses as an officer has to see them: where a link may go, and which other shoppers have them too."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from tenants import audit
from tenants.scope import Scope

from ..models import WAITING, SubjectRequest
from ..registry import OnFile, Person
from . import rights
from .marks import blinds, marks, names_of, own_names, spellings
from .problems import Refused
from .subject import Subject, open_subject, resolve, seal_subject


def on_file(person: Person) -> list[OnFile]:
    """The person's addresses, those that a trusted source said first."""
    found: list[OnFile] = import_string(settings.SUBJECT_ADDRESSES)(person)
    return found


def others(found: Iterable[OnFile], apart: Collection[int] = ()) -> set[int]:
    """Profiles of other shoppers with an address that a trusted source said of the person, but for those in `apart`."""
    return {profile for address in found if address.trusted for profile in address.others} - set(apart)


@transaction.atomic
def join_others(scope: Scope, request: SubjectRequest, *, actor: str) -> SubjectRequest:
    """The other shoppers with the person's addresses are the person too: from now on the request names these addresses.

    It is about more than was verified, so it has to be verified anew, and a link that is out stops working. Raises
    `Refused` once somebody approved it, or when there is nobody.
    """
    request, asked = _unapproved(scope, request)
    shared = [
        (a.kind, a.value) for a in on_file(resolve(scope, asked.identities)) if others([a], asked.apart)
    ]
    if not shared:
        raise Refused("nobody_else", "No other shopper has an address of this person any more.")
    identities = tuple(dict.fromkeys((*asked.identities, *shared)))
    person = resolve(scope, identities)
    seal_subject(scope, request, replace(asked, identities=identities))
    request.subject_blinds = blinds(scope.tenant_id, identities)
    request.subject_marks = sorted(
        {*(bytes(mark) for mark in request.subject_marks), *marks(scope.tenant_id, names_of(person))}
    )
    request.shoppers = person.shoppers
    request.status, request.verification, request.verified_by = SubjectRequest.Status.RECEIVED, "", ""
    request.verified_at = request.link_made_at = None
    request.link_nonce = request.link_made_by = request.link_mailed_to = ""
    request.joined_by = sorted({*request.joined_by, actor})
    request.save()
    rights.revoke(request)
    audit.record(
        "shoppers joined to subject request", f"request:{request.pk}", actor, shoppers=person.shoppers
    )
    return request


@transaction.atomic
def keep_apart(scope: Scope, request: SubjectRequest, *, actor: str) -> SubjectRequest:
    """The other shoppers with the person's addresses are somebody else: what they share no longer finds the request.

    Raises `Refused` once the last approval is given, or when there is nobody.
    """
    request, asked = _waiting(scope, request)
    person = resolve(scope, asked.identities)
    found = others(on_file(person), asked.apart)
    if not found:
        raise Refused("nobody_else", "No other shopper has an address of this person any more.")
    seal_subject(scope, request, replace(asked, apart=tuple(sorted({*asked.apart, *found}))))
    shared = names_of(person) - own_names(person) - spellings(scope.tenant_id, asked.identities)
    gone = set(marks(scope.tenant_id, shared))
    request.subject_marks = sorted({bytes(mark) for mark in request.subject_marks} - gone)
    request.save(update_fields=["subject_sealed", "subject_marks"])
    audit.record(
        "shoppers kept apart from subject request", f"request:{request.pk}", actor, shoppers=len(found)
    )
    return request


def _waiting(scope: Scope, request: SubjectRequest) -> tuple[SubjectRequest, Subject]:
    request = SubjectRequest.objects.select_for_update().get(pk=request.pk)
    asked = open_subject(scope, request)
    if asked is None or request.status not in WAITING:
        raise Refused("too_late", f"This request is {request.get_status_display().lower()} already.")
    return request, asked


def _unapproved(scope: Scope, request: SubjectRequest) -> tuple[SubjectRequest, Subject]:
    request, asked = _waiting(scope, request)
    if request.approvals.exists():
        raise Refused(
            "too_late",
            "Somebody has approved this request already. Cancel it and record a new one that names the address.",
        )
    return request, asked
