"""Carry out an erasure, from wherever it stands. Every step may run again; the counts of the plan don't change.

Order: late events are refused first, so that nothing grows back; then the stores; the keys last, since some stores can
only be searched by opening them; then a look everywhere, and the receipt.
"""

from __future__ import annotations

import time

import structlog
from django.db import connection
from django.utils import timezone

from tenants import forgetting
from tenants.scope import Scope

from ..models import ErasureStep, SubjectRequest
from ..registry import Person, stores
from ..requests import subject
from . import plan, receipt, rescan
from .refuse import again, learn, refuse

# Batches of events and requests at the door end within this (their transaction_timeout).
LONGEST_WRITER_SECONDS = 15.0
POLL_SECONDS = 0.05
# Nobody gets new names as often as that while nothing of theirs is taken.
ROUNDS = 3

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
            person = _do(scope, request, step, person)
        _finish(step)


def _person(scope: Scope, request: SubjectRequest) -> Person:
    """Whom it is about: as of now until their names are refused, since they may get others while an attempt waits."""
    known = subject.kept_person(scope, request)
    if known is not None and request.steps.filter(name=plan.SUPPRESS, state=ErasureStep.State.DONE).exists():
        return known
    if known is not None and known.known:
        person = again(known)
    else:
        asked = subject.open_subject(scope, request)
        if asked is None:
            raise Unreadable("whom the request is about can't be read any more")
        person = subject.resolve(scope, asked.identities)
    if person != known:
        subject.keep_person(scope, request, person)
    return person


class Unreadable(Exception):
    """The key of the request is gone although it is open."""


def _do(scope: Scope, request: SubjectRequest, step: ErasureStep, person: Person) -> Person:
    """Do the step; the person as it left them."""
    if step.name == plan.SUPPRESS:
        refuse(scope, request, person)
    elif step.name == plan.WRITERS:
        return _wait(scope, request, person)
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
    return person


def _wait(scope: Scope, request: SubjectRequest, person: Person) -> Person:
    """Until whoever wrote has ended; what they wrote may have named the person anew, and others may write of that."""
    for _ in range(ROUNDS):
        _wait_for_writers()
        fresh = learn(scope, request, person)
        if fresh == person:
            break
        person = fresh
    return person


def _wait_for_writers() -> None:
    """Until nobody writes who may have looked before the suppression was there, or the longest of them timed out.

    Those are all that began before now, also while the suppression was being committed.
    """
    deadline = time.monotonic() + LONGEST_WRITER_SECONDS
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        now = int(cursor.fetchone()[0])
        while time.monotonic() < deadline:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= %s", [now])
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
