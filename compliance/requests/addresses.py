"""The person's addresses as an officer has to see them: where a link may go, and which other shoppers have them too."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from tenants import audit
from tenants.scope import Scope

from ..models import WAITING, SubjectRequest
from ..registry import OnFile, Person
from .marks import blinds, marks, names_of, spellings
from .problems import Refused
from .subject import Subject, open_subject, resolve, seal_subject


def on_file(person: Person) -> list[OnFile]:
    """The person's addresses, those that a trusted source said first."""
    found: list[OnFile] = import_string(settings.SUBJECT_ADDRESSES)(person)
    return found


def others(found: Iterable[OnFile]) -> int:
    """How many other shoppers have an address that a trusted source said of the person."""
    return len({profile for address in found if address.trusted for profile in address.others})


def own_names(person: Person) -> set[bytes]:
    """Blind indexes of what the person alone is called: a household's number doesn't say whose request it is."""
    shared: set[tuple[str, str]] = import_string(settings.SUBJECT_SHARED)(person)
    addresses = [name for name in shared if name[0] in ("email", "phone")]
    return names_of(person) - spellings(person.scope.tenant_id, addresses)


@transaction.atomic
def join_others(scope: Scope, request: SubjectRequest, *, actor: str) -> SubjectRequest:
    """The other shoppers with the person's addresses are the person too: from now on the request names these addresses.

    Raises `Refused` once somebody approved it, or when there is nobody.
    """
    request = SubjectRequest.objects.select_for_update().get(pk=request.pk)
    asked = open_subject(scope, request)
    if asked is None or request.status not in WAITING or request.approvals.exists():
        raise Refused(
            "too_late",
            "Somebody has approved this request already. Cancel it and record a new one that names the address.",
        )
    shared = [(a.kind, a.value) for a in on_file(resolve(scope, asked.identities)) if a.trusted and a.others]
    if not shared:
        raise Refused("nobody_else", "No other shopper has an address of this person any more.")
    identities = tuple(dict.fromkeys((*asked.identities, *shared)))
    person = resolve(scope, identities)
    seal_subject(scope, request, Subject(identities, asked.notes))
    request.subject_blinds = blinds(scope.tenant_id, identities)
    request.subject_marks = sorted(
        {*(bytes(mark) for mark in request.subject_marks), *marks(scope.tenant_id, names_of(person))}
    )
    request.shoppers = person.shoppers
    request.save(update_fields=["subject_sealed", "subject_blinds", "subject_marks", "shoppers"])
    audit.record(
        "shoppers joined to subject request", f"request:{request.pk}", actor, shoppers=person.shoppers
    )
    return request
