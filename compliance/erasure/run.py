"""Carry out an erasure, from wherever it stands. Every step may run again; the counts of the plan don't change.

Order: late events are refused first, so that nothing grows back; then the stores; the keys last, since some stores can
only be searched by opening them; then a look everywhere, and the receipt.
"""

from __future__ import annotations

import time

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from tenants import forgetting
from tenants.scope import Scope

from ..models import ErasureStep, SubjectRequest
from ..registry import Person, stores
from ..requests import subject
from ..suppression import suppress
from . import plan, receipt, rescan

# Batches of events and requests at the door end within this (their transaction_timeout).
LONGEST_WRITER_SECONDS = 15.0
POLL_SECONDS = 0.05

log = structlog.get_logger("attune.erasure")


def run(scope: Scope, request: SubjectRequest) -> None:
    """Do all steps that are not done. Raises what a step raises; then it is tried again later, from that step on."""
    person = _person(scope, request)
    if not request.steps.exists():
        plan.make(request, plan.held(person))
    nothing = not request.steps.filter(store=True, found__gt=0).exists()
    for step in request.steps.exclude(state=ErasureStep.State.DONE):
        _begin(step)
        if not (nothing and step.name in (plan.SUPPRESS, plan.WRITERS, plan.MEMORIES)):
            _do(scope, request, step, person)
        _finish(step)


def _person(scope: Scope, request: SubjectRequest) -> Person:
    known = subject.kept_person(scope, request)
    if known is not None:
        return known
    asked = subject.open_subject(scope, request)
    if asked is None:
        raise Unreadable("whom the request is about can't be read any more")
    person = subject.resolve(scope, asked.identities)
    subject.keep_person(scope, request, person)
    return person


class Unreadable(Exception):
    """The key of the request is gone although it is open."""


def _do(scope: Scope, request: SubjectRequest, step: ErasureStep, person: Person) -> None:
    if step.name == plan.SUPPRESS:
        with transaction.atomic(), connection.cursor() as cursor:
            step.facts = {
                "identifiers": len({value for _, value in person.identifiers}) or len(person.blinds),
                "hashes": suppress(cursor, scope.schema, refusals(person), request_id=request.pk),
                "transaction": _this_transaction(cursor),
            }
            step.save(update_fields=["facts"])
    elif step.name == plan.WRITERS:
        suppressed = request.steps.get(name=plan.SUPPRESS)
        _wait_for_writers(int(suppressed.facts["transaction"]))
    elif step.name == plan.MEMORIES:
        forgetting.publish()
        time.sleep(forgetting.TRUST_SECONDS + forgetting.WATCH_SECONDS)
    elif step.name == plan.RESCAN:
        rescan.rescan(scope, request, step, person)
    elif step.name == plan.RECEIPT:
        receipt.issue(scope, request)
    else:
        store = next(store for store in stores() if store.name == step.name)
        count = store.erase(person)
        log.info("erased", request=str(request.pk), store=store.name, count=count)


def again(person: Person) -> Person:
    """The person as of now, with what a late event may have made of their identifiers meanwhile."""
    fresh: Person = import_string(settings.SUBJECT_AGAIN)(person)
    return fresh


def refusals(person: Person) -> set[bytes]:
    """Hashes of every name and address of the person, as whatever they could be sent, that is nobody else's."""
    found: set[bytes] = import_string(settings.SUBJECT_REFUSALS)(person)
    return found


def _this_transaction(cursor: object) -> str:
    cursor.execute("SELECT pg_current_xact_id()::text")  # type: ignore[attr-defined]
    return str(cursor.fetchone()[0])  # type: ignore[attr-defined]


def _wait_for_writers(transaction_id: int) -> None:
    """Until nobody writes who may have looked before the suppression was there, or the longest of them timed out."""
    deadline = time.monotonic() + LONGEST_WRITER_SECONDS
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > %s", [transaction_id]
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(POLL_SECONDS)


def _begin(step: ErasureStep) -> None:
    step.state = ErasureStep.State.RUNNING
    step.attempts += 1
    step.started_at = step.started_at or timezone.now()
    step.save(update_fields=["state", "attempts", "started_at"])


def _finish(step: ErasureStep) -> None:
    step.state, step.finished_at = ErasureStep.State.DONE, timezone.now()
    step.save(update_fields=["state", "finished_at"])
