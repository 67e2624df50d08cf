"""Do what was approved. One worker at a time for a request; killed at any point, the next one goes on from there."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from tenants import audit
from tenants.due import mark_due
from tenants.locks import alone
from tenants.scope import Scope

from ..erasure import run as erasure
from ..models import ErasureStep, SubjectRequest
from . import callbacks, export
from .closing import close
from .problems import Refused
from .queue import QUEUE
from .subject import keep_person, kept_person, open_subject, resolve

Kind, Outcome, Status = SubjectRequest.Kind, SubjectRequest.Outcome, SubjectRequest.Status
RETRY_SECONDS = (5, 15, 60, 300, 900, 3600)

log = structlog.get_logger("attune.requests")


def waiting() -> list[UUID]:
    """Requests that are approved and not done, whose turn it is; the earliest deadline first."""
    ready = Q(retry_at=None) | Q(retry_at__lte=timezone.now())
    return list(
        SubjectRequest.objects.filter(ready, status__in=(Status.APPROVED, Status.RUNNING))
        .exclude(kind=Kind.RECTIFICATION)
        .order_by("due_at")
        .values_list("pk", flat=True)
    )


def perform(scope: Scope, pk: UUID) -> bool:
    """Carry the request out; False when another worker has it or it isn't to be done. Failures are tried again."""
    with alone(f"{scope.schema}:request:{pk}") as mine:
        if not mine:
            return False
        request = SubjectRequest.objects.filter(pk=pk, status__in=(Status.APPROVED, Status.RUNNING)).first()
        if request is None:
            return False
        _start(scope, request)
        try:
            outcome = _do(scope, request)
        except Exception as error:  # whatever it was: written down, seen by the officer, tried again
            _failed(scope, request, error)
            return False
        _complete(scope, request, outcome)
        return True


def _do(scope: Scope, request: SubjectRequest) -> str:
    if request.kind == Kind.ERASURE:
        erasure.run(scope, request)
        held = request.steps.filter(Q(found__gt=0) | Q(later__gt=0), store=True).exists()
        return Outcome.ERASED if held else Outcome.NOTHING_HELD
    person = kept_person(scope, request)
    if person is None:
        asked = open_subject(scope, request)
        person = resolve(scope, asked.identities if asked else ())
        keep_person(scope, request, person)
    if not person.known:
        return Outcome.NOTHING_HELD
    if request.kind in (Kind.ACCESS, Kind.PORTABILITY):
        try:
            export.make_bundle(scope, request, person)
        except export.Closed:
            return Outcome.NOTHING_HELD
        return Outcome.DELIVERED
    import_string(settings.SUBJECT_LIMITER)(scope, person, request.kind, f"request:{request.pk}")
    return Outcome.APPLIED


def complete_by_hand(scope: Scope, request: SubjectRequest, *, actor: str) -> SubjectRequest:
    """A rectification was carried out by staff where the wrong value comes from. Raises `Refused` for anything else."""
    with transaction.atomic():
        request = SubjectRequest.objects.select_for_update().get(pk=request.pk)
        if request.kind != Kind.RECTIFICATION:
            raise Refused(
                "not_by_hand",
                "Only a rectification is completed by hand; the others are carried out by Attune.",
            )
        if not request.waits_for_staff:
            state = request.get_status_display().lower()
            raise Refused("wrong_status", f"This request is {state}; it is completed once it is approved.")
        return _complete(scope, request, Outcome.RECORDED, actor)


def _start(scope: Scope, request: SubjectRequest) -> None:
    if request.status == Status.RUNNING:
        return
    with transaction.atomic():
        request.status, request.started_at = Status.RUNNING, timezone.now()
        request.save(update_fields=["status", "started_at"])
        audit.record("subject request started", f"request:{request.pk}", "system", kind=request.kind)
        callbacks.announce(scope, request)


def _complete(scope: Scope, request: SubjectRequest, outcome: str, actor: str = "system") -> SubjectRequest:
    """Close it, and destroy the key of what was asked: only where to answer stays, sealed, until that is done."""
    with transaction.atomic():
        # As it is now: while it was carried out, staff may have moved its deadline.
        request = SubjectRequest.objects.select_for_update().get(pk=request.pk)
        if not request.is_open:  # an erasure of the person closed it meanwhile
            return request
        close(scope, request, Status.COMPLETED, actor=actor, outcome=outcome, to_answer=True)
    return request


def _failed(scope: Scope, request: SubjectRequest, error: Exception) -> None:
    log.exception("subject request failed; it is tried again", request=str(request.pk))
    wait = dt.timedelta(seconds=RETRY_SECONDS[min(request.attempts, len(RETRY_SECONDS) - 1)])
    with transaction.atomic(), connection.cursor() as cursor:
        request.attempts += 1
        request.retry_at = timezone.now() + wait
        request.trouble = said(error)
        request.save(update_fields=["attempts", "retry_at", "trouble"])
        request.steps.filter(state=ErasureStep.State.RUNNING).update(state=ErasureStep.State.WAITING)
        mark_due(cursor, scope.tenant_id, QUEUE, request.retry_at)


def said(error: Exception) -> str:
    """Why, without what a driver may have put in of the data."""
    from ..erasure.rescan import StillThere

    return str(error)[:300] if isinstance(error, StillThere) else type(error).__name__
