"""Of erasures a person has one open: asked when one comes in, and again when it is verified and approved."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection
from django.db.models import Q

from tenants.scope import Scope

from ..models import CLOSED, SubjectRequest
from ..registry import Person
from .marks import about, own_names
from .problems import Refused


def only_one_erasure(scope: Scope, names: Collection[bytes]) -> None:
    """Raise `Refused` when an erasure of whoever alone has these names is open (its id is in `extra`).

    `names`: blind indexes of everything that the person alone is called, not only of what they were named now. In the
    transaction that receives another.
    """
    # Two at once for one person wait for each other here.
    lock(f"{scope.schema}:erasure")
    _refuse(_open(scope, names))


def earlier_erasure(request: SubjectRequest, person: Person) -> SubjectRequest | None:
    """The open erasure of the same person that came before this one: what joins them may have been said since."""
    if request.kind != SubjectRequest.Kind.ERASURE:
        return None
    before = Q(received_at__lt=request.received_at) | Q(received_at=request.received_at, pk__lt=request.pk)
    return _open(person.scope, own_names(person), before)


def check_only_erasure(request: SubjectRequest, person: Person) -> None:
    """Raise `Refused` for an erasure of somebody who has an earlier one open."""
    _refuse(earlier_erasure(request, person))


def _open(scope: Scope, names: Collection[bytes], more: Q | None = None) -> SubjectRequest | None:
    found = SubjectRequest.objects.exclude(status__in=CLOSED).filter(
        about(scope.tenant_id, names), more or Q()
    )
    return found.filter(kind=SubjectRequest.Kind.ERASURE).order_by("received_at", "pk").first()


def _refuse(first: SubjectRequest | None) -> None:
    if first is not None:
        raise Refused(
            "erasure_open",
            f"An erasure of this person is open already: request {first.pk}.",
            subject_request_id=str(first.pk),
        )


def lock(name: str) -> None:
    """Until the transaction ends, whoever asks for the same name waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
