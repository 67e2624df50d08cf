"""Many letters at once: written down as a job, carried out by a worker in portions, with what came of it.

The letters of a job name it, so that those that match later do not join. Each letter is settled in a transaction of its
own together with the job's cursor: a killed worker goes on where it was.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import QuerySet

from tenants import audit
from tenants.due import mark_due
from tenants.scope import Scope

from ..models import DeadLetter, LetterJob
from .edits import apply, checked
from .reading import CannotReplay, read_letter
from .replaying import replay

QUEUE = "letters"
PORTION = 200
TURN_SECONDS = 4.0
MOST_REASONS = 20
Status, Kind = LetterJob.Status, LetterJob.Kind
_FROM = {Kind.RESTORE: DeadLetter.Status.DISCARDED}


def begin(scope: Scope, letters: QuerySet[DeadLetter], kind: str, *, actor: str) -> LetterJob | None:
    """Write down what is to be done to those of `letters` that it can be done to; None when there are none.

    A mending job waits until it is told what to change (`start`); the others begin at once.
    """
    wanted = _FROM.get(Kind(kind), DeadLetter.Status.OPEN)
    with transaction.atomic():
        job = LetterJob.objects.create(kind=kind, actor=actor, status=Status.DRAFT)
        ids = letters.filter(status=wanted).order_by().values("pk")
        busy = LetterJob.objects.filter(status=Status.RUNNING).values("pk")
        job.total = DeadLetter.objects.filter(pk__in=ids).exclude(job__in=busy).update(job=job)
        if not job.total:
            job.delete()
            return None
        job.save(update_fields=["total"])
        if kind != Kind.MEND:
            start(scope, job, actor=actor)
    return job


def start(scope: Scope, job: LetterJob, *, actor: str, edits: Any = None) -> None:
    """Let a worker carry it out; raises `edits.BadEdit`. Nothing happens to one that was started already."""
    clean = checked(edits) if job.kind == Kind.MEND else []
    with transaction.atomic():
        started = LetterJob.objects.filter(pk=job.pk, status=Status.DRAFT).update(
            status=Status.RUNNING, edits=clean
        )
        if not started:
            return
        job.refresh_from_db()
        audit.record(
            f"dead letters: {job.get_kind_display().lower()}", f"letterjob:{job.pk}", actor, letters=job.total
        )
        with connection.cursor() as cursor:
            mark_due(cursor, scope.tenant_id, QUEUE)


def cancel(job: LetterJob, *, actor: str) -> None:
    """Stop it where it is; what was done stays done."""
    with transaction.atomic():
        stopped = LetterJob.objects.filter(pk=job.pk, status__in=[Status.DRAFT, Status.RUNNING]).update(
            status=Status.CANCELLED, ended_at=dt.datetime.now(dt.UTC)
        )
        if stopped:
            audit.record("dead letters: stopped", f"letterjob:{job.pk}", actor)
    job.refresh_from_db()


def undo(scope: Scope, job: LetterJob, *, actor: str) -> LetterJob | None:
    """Take back what a job discarded."""
    return begin(scope, DeadLetter.objects.filter(job=job), Kind.RESTORE, actor=actor)


def run_turn(scope: Scope, seconds: float = TURN_SECONDS) -> bool:
    """Go on with the tenant's jobs for about so long; whether more is to be done."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job = LetterJob.objects.filter(status=Status.RUNNING).order_by("pk").first()
        if job is None:
            return False
        _portion(scope, job, deadline)
    return LetterJob.objects.filter(status=Status.RUNNING).exists()


def _portion(scope: Scope, job: LetterJob, deadline: float) -> None:
    letters = list(DeadLetter.objects.filter(job=job, pk__gt=job.cursor).order_by("pk")[:PORTION])
    for letter in letters:
        if not _step(scope, job, letter):
            return
        if time.monotonic() > deadline:
            return
    if len(letters) < PORTION:
        LetterJob.objects.filter(pk=job.pk, status=Status.RUNNING).update(
            status=Status.DONE, ended_at=dt.datetime.now(dt.UTC)
        )


def _step(scope: Scope, job: LetterJob, letter: DeadLetter) -> bool:
    """Settle one letter; whether the job still runs, and nobody else was at it."""
    with transaction.atomic():
        held = (
            LetterJob.objects.select_for_update(skip_locked=True)
            .filter(pk=job.pk, status=Status.RUNNING, cursor=job.cursor)
            .first()
        )
        if held is None:
            job.refresh_from_db()
            return False
        try:
            with transaction.atomic():
                _settle(scope, held, letter)
            held.done += 1
        except CannotReplay as refusal:
            held.refused += 1
            held.reasons = _noted(held.reasons, refusal)
        held.cursor = letter.pk
        held.save(update_fields=["done", "refused", "reasons", "cursor"])
    job.cursor = letter.pk
    return True


def _settle(scope: Scope, job: LetterJob, letter: DeadLetter) -> None:
    match job.kind:
        case Kind.REPLAY:
            replay(scope, letter, actor=job.actor, recorded=False)
        case Kind.MEND:
            replay(scope, letter, actor=job.actor, mended=mended(scope, letter, job.edits), recorded=False)
        case Kind.DISCARD:
            _move(letter, DeadLetter.Status.OPEN, DeadLetter.Status.DISCARDED, dt.datetime.now(dt.UTC))
        case Kind.RESTORE:
            _move(letter, DeadLetter.Status.DISCARDED, DeadLetter.Status.OPEN, None)


def _move(letter: DeadLetter, before: str, after: str, at: dt.datetime | None) -> None:
    if not DeadLetter.objects.filter(pk=letter.pk, status=before).update(status=after, settled_at=at):
        raise CannotReplay("It was settled by somebody else meanwhile.", "settled")


def mended(scope: Scope, letter: DeadLetter, edits: list[dict[str, Any]]) -> bytes:
    """The letter's event with the edits made; raises `CannotReplay` when it can't be read as JSON."""
    try:
        event = orjson.loads(read_letter(scope, letter))
    except orjson.JSONDecodeError as error:
        raise CannotReplay("It is no JSON, so no field of it can be changed.", "invalid_event") from error
    if not isinstance(event, dict):
        raise CannotReplay("It is no JSON object, so no field of it can be changed.", "invalid_event")
    return orjson.dumps(apply(event, edits))


def _noted(reasons: dict[str, int], refusal: CannotReplay) -> dict[str, int]:
    """Counts by reason and field: never by the sentence, in which something of the event might stand."""
    key = f"{refusal.reason}|{refusal.path}"
    counts = Counter(reasons)
    counts[key if key in counts or len(counts) < MOST_REASONS else "others|"] += 1
    return dict(counts)
