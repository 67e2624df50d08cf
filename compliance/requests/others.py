"""Other open requests of somebody who is erased: there is nothing left to answer them with, and they hold names."""

from __future__ import annotations

from django.db import transaction

from tenants.scope import Scope

from ..models import CLOSED, SubjectRequest
from ..registry import Person
from .closing import close
from .marks import about, names_of
from .subject import kept_person, open_subject, resolve


def erase(person: Person) -> int:
    """Close them with nothing held, and destroy the keys of what they asked; how many. Nobody is answered twice."""
    return sum(_close(person.scope, request) for request in _open(person))


def verify(person: Person) -> int:
    return len(_open(person))


def _open(person: Person) -> list[SubjectRequest]:
    """Those that lead to nobody else. The one that erases is not among them: of erasures a person has one."""
    found = SubjectRequest.objects.exclude(status__in=CLOSED).exclude(kind=SubjectRequest.Kind.ERASURE)
    named = found.filter(about(person.scope.tenant_id, names_of(person)))
    return [request for request in named.order_by("pk") if not _somebody_elses(person, request)]


def _somebody_elses(person: Person, request: SubjectRequest) -> bool:
    """Whether its names lead to another shopper, too: an address that two share makes no one of them."""
    meant = kept_person(person.scope, request)
    if meant is None:
        asked = open_subject(person.scope, request)
        meant = resolve(person.scope, asked.identities) if asked else None
    return meant is not None and not set(meant.profile_ids) <= set(person.profile_ids)


@transaction.atomic
def _close(scope: Scope, found: SubjectRequest) -> bool:
    # Whoever makes an export of it locks it, too, and looks whether it is still open.
    request = SubjectRequest.objects.select_for_update().get(pk=found.pk)
    if not request.is_open:
        return False
    close(
        scope,
        request,
        SubjectRequest.Status.COMPLETED,
        actor="system",
        outcome=SubjectRequest.Outcome.NOTHING_HELD,
        reason="erased",
        to_answer=False,
    )
    return True
