"""What officers decide: approve (two pairs of eyes for an erasure), reject, cancel, move the deadline."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from tenants import audit
from tenants.due import mark_due
from tenants.scope import Scope

from ..models import Approval, SubjectRequest
from ..registry import Person
from ..suppression import lift
from . import callbacks, rights
from .addresses import keep_apart, on_file, others
from .closing import close
from .duplicates import check_only_erasure
from .problems import Refused
from .queue import QUEUE, hint
from .subject import open_subject, resolve
from .verify import BY_LINK, LINK_LIFE

REJECTIONS = {
    "unverified": "The person could not be verified",
    "unfounded": "Manifestly unfounded or excessive (Article 12(5) GDPR)",
    "legal_hold": "The data must be kept by law (Article 17(3) GDPR)",
    "not_subject": "The asker is not the person, nor acts for them",
    "duplicate": "Already asked for and answered",
}
EXTENSIONS = {
    "complexity": "The request is complex",
    "number": "There are many requests",
}
ACCEPTED = {
    "customer": "They are a customer again",
    "asked": "They asked for it",
    "mistake": "Somebody else was meant to be erased",
}
# What may be added to the first period, once.
MORE_DAYS = {"gdpr": 60, "ccpa": 45}


def approve(
    scope: Scope, request: SubjectRequest, user: Any, *, several: bool = False, apart: bool = False
) -> SubjectRequest:
    """One more yes. The last one needed starts the work. Raises `Refused` for whoever may not, and says why.

    `several`: they know that the request's names lead to different shoppers and mean all of them. `apart`: they know that
    other shoppers have an address of the person, and mean none of those.
    """
    actor = audit.staff(user)
    asked = open_subject(scope, request)
    person = resolve(scope, asked.identities) if asked else Person(scope)
    shoppers, addresses = person.shoppers, on_file(person)
    with transaction.atomic():
        request = _locked(request.pk)
        check_approval(request, user)
        current = open_subject(scope, request)
        if asked and current and current.identities != asked.identities:
            raise Refused("changed", "Somebody has added to whom this request is about. Look at it again.")
        check_only_erasure(request, person)
        same = len(others(addresses, current.apart if current else ()))
        if shoppers > 1 and not several:
            raise Refused(
                "several_shoppers",
                f"These names lead to {shoppers} different shoppers. Make sure that all of them are the person who asks, "
                "and say so when you approve.",
            )
        if shoppers > 1 and request.discloses and request.verified_by == BY_LINK:
            raise Refused(
                "verified_as_one",
                f"The link was mailed to one shopper, and by now these names lead to {shoppers}. "
                "Cancel this request and record a new one.",
            )
        if same and not apart:
            who = "1 other shopper has" if same == 1 else f"{same} other shoppers have"
            raise Refused(
                "same_address",
                f"{who} an address of this person. Say whether that is the same person or somebody else.",
            )
        if same:
            request = keep_apart(scope, request, actor=actor)
        request.shoppers = shoppers
        Approval.objects.create(request=request, user_id=user.pk)
        given = request.approvals.count()
        done = given >= request.approvals_needed
        request.status = SubjectRequest.Status.APPROVED if done else SubjectRequest.Status.APPROVED_ONCE
        request.approved_at = timezone.now() if done else None
        request.save(update_fields=["status", "approved_at", "shoppers"])
        audit.record(
            "subject request approved",
            f"request:{request.pk}",
            actor,
            approval=given,
            of=request.approvals_needed,
            shoppers=shoppers,
        )
        if done:
            callbacks.announce(scope, request)
            with connection.cursor() as cursor:
                mark_due(cursor, scope.tenant_id, QUEUE)
            transaction.on_commit(lambda: hint(scope.schema))
    return request


def check_approval(request: SubjectRequest, user: Any) -> None:
    """Raise `Refused` with the reason when this member of staff can't approve the request now."""
    _check_approvable(request)
    actor = audit.staff(user)
    if not rights.may_approve(request, user):
        raise Refused(
            "not_allowed", "You may not approve this request. Ask a compliance officer or the owner."
        )
    if request.approvals.filter(user_id=user.pk).exists():
        raise Refused(
            "same_officer",
            "You have approved this request already. The second approval is somebody else's to give.",
        )
    if request.approvals_needed == 1 and request.recorded_by == actor:
        raise Refused("own_request", "You recorded this request, so somebody else has to approve it.")
    # Whoever says who a person is, or who else they are, and also hands their data out could hand it to anybody.
    if request.discloses and request.verified_by == actor:
        raise Refused(
            "own_verification",
            "You made the link that was handed over, so somebody else has to approve."
            if request.verification == "link"
            else "You verified the person yourself, so somebody else has to approve.",
        )
    if request.discloses and actor in request.joined_by:
        raise Refused(
            "own_join", "You said that other shoppers are the person too, so somebody else has to approve."
        )


def reject(scope: Scope, request: SubjectRequest, *, reason: str, actor: str) -> SubjectRequest:
    if reason not in REJECTIONS:
        raise Refused("unknown_reason", "Say why the request is rejected.")
    return _close(scope, request.pk, "rejected", reason, actor)


def cancel(scope: Scope, request: SubjectRequest, *, actor: str) -> SubjectRequest:
    """Before anything is done; afterwards there is nothing left to cancel."""
    return _close(scope, request.pk, "cancelled", "", actor)


def close_unverified(scope: Scope) -> int:
    """Requests that nobody verified in `SUBJECT_UNVERIFIED_DAYS` are rejected as such: they hold names; how many."""
    now = timezone.now()
    old = SubjectRequest.objects.filter(
        Q(link_made_at=None) | Q(link_made_at__lte=now - LINK_LIFE),
        status__in=(SubjectRequest.Status.RECEIVED, SubjectRequest.Status.VERIFYING),
        received_at__lte=now - dt.timedelta(days=settings.SUBJECT_UNVERIFIED_DAYS),
    )
    found = list(old.values_list("pk", flat=True))
    for pk in found:
        _close(scope, pk, "rejected", "unverified", "system")
    return len(found)


@transaction.atomic
def extend(request: SubjectRequest, *, reason: str, actor: str) -> SubjectRequest:
    """Move the deadline as far as the law allows, once, with a reason that it knows."""
    request = _locked(request.pk)
    if reason not in EXTENSIONS:
        raise Refused("unknown_reason", "Say why more time is needed.")
    if not request.is_open or request.extension:
        raise Refused("no_more_time", "The deadline of an open request can be moved once.")
    request.extension = reason
    request.due_at += dt.timedelta(days=MORE_DAYS[request.regulation])
    request.save(update_fields=["extension", "due_at"])
    audit.record("subject request extended", f"request:{request.pk}", actor, reason=reason)
    return request


@transaction.atomic
def accept_again(scope: Scope, request: SubjectRequest, user: Any, *, reason: str) -> int:
    """An erased person has come back: their identifiers may become a shopper again; how many hashes were refused.

    Nothing that was erased returns. Raises `Refused` for whoever may not approve requests, and without a reason.
    """
    if not rights.may_lift(user):
        raise Refused(
            "not_allowed", "You may not accept an erased person again. Ask a compliance officer or the owner."
        )
    if reason not in ACCEPTED:
        raise Refused("unknown_reason", "Say why the person is accepted again.")
    request, actor = _locked(request.pk), audit.staff(user)
    with connection.cursor() as cursor:
        count = lift(cursor, scope.schema, request_id=request.pk)
    if not count:
        raise Refused("nothing_refused", "No identifiers of this request are refused any more.")
    request.accepted_at, request.accepted_by, request.accepted_reason = timezone.now(), actor, reason
    request.save(update_fields=["accepted_at", "accepted_by", "accepted_reason"])
    audit.record(
        "erased person accepted again", f"request:{request.pk}", actor, identifiers=count, reason=reason
    )
    return count


@transaction.atomic
def _close(scope: Scope, pk: UUID, status: str, reason: str, actor: str) -> SubjectRequest:
    request = _locked(pk)
    if request.status == status:
        return request
    if not request.may_be_closed:
        raise Refused(
            "too_late",
            f"This request is {request.get_status_display().lower()}; it can't be {status} any more.",
        )
    # Who is refused has to be told why (Article 12(4) GDPR).
    told = status == SubjectRequest.Status.REJECTED
    close(scope, request, status, actor=actor, reason=reason, to_answer=told)
    return request


def _check_approvable(request: SubjectRequest) -> None:
    if request.status in ("received", "verifying"):
        raise Refused(
            "unverified",
            "Nobody has verified yet that the person themselves asks. Verify first, then approve.",
        )
    if request.status not in ("verified", "approved_once"):
        raise Refused("wrong_status", f"This request is {request.get_status_display().lower()} already.")


def _locked(pk: UUID) -> SubjectRequest:
    return SubjectRequest.objects.select_for_update().get(pk=pk)
