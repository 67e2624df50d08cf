"""The page of a job over many letters: what is changed, three examples of it, progress, and what came of it."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest

from tenants import keyring
from tenants.scope import Scope

from ..dead_letters import CannotReplay, read_letter, verdict
from ..dead_letters.edits import VERBS, BadEdit, apply, checked, said
from ..ingest.wire import Rejected
from ..models import DeadLetter, LetterJob
from . import letter_words
from .pretty import difference

EXAMPLES = 3
_DONE = {
    "replay": "sent again and taken",
    "mend": "mended, sent again and taken",
    "discard": "discarded",
    "restore": "open again",
}


def scope_of(request: HttpRequest) -> Scope:
    return keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware


def context(job: LetterJob) -> dict[str, Any]:
    settled = job.done + job.refused
    return {
        "job": job,
        "moving": job.status == LetterJob.Status.RUNNING,
        "drafted": job.status == LetterJob.Status.DRAFT,
        "share": round(100 * settled / job.total) if job.total else 100,
        "settled": settled,
        "verb": _DONE[job.kind],
        "edits": [said(edit) for edit in job.edits],
        "reasons": _reasons(job),
        "undoable": job.kind == LetterJob.Kind.DISCARD
        and job.status != LetterJob.Status.RUNNING
        and DeadLetter.objects.filter(job=job, status=DeadLetter.Status.DISCARDED).exists(),
    }


def _reasons(job: LetterJob) -> list[tuple[str, str, int]]:
    rows = []
    for key, count in sorted(job.reasons.items(), key=lambda pair: -pair[1]):
        code, _, path = key.partition("|")
        rows.append((letter_words.reason(code), path, count))
    return rows


def preview(request: HttpRequest, job: LetterJob, edits: Any) -> dict[str, Any]:
    """What the edits make of three of the job's letters, and whether the door would take them then."""
    try:
        clean = checked(edits)
    except BadEdit as error:
        return {"bad": str(error)}
    waiting = DeadLetter.objects.filter(job=job, status=DeadLetter.Status.OPEN).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True))
    spread = waiting.filter(pk__in=ids[:: max(1, len(ids) // EXAMPLES)][:EXAMPLES])
    return {"examples": [_example(scope_of(request), letter, clean) for letter in spread]}


def _example(scope: Scope, letter: DeadLetter, edits: list[dict[str, Any]]) -> dict[str, Any]:
    try:
        before = orjson.loads(read_letter(scope, letter))
    except (CannotReplay, orjson.JSONDecodeError):
        return {"letter": letter, "refused": "It can't be read as JSON, so it stays as it is."}
    after = apply(before, edits) if isinstance(before, dict) else before
    answer = verdict(scope, letter, orjson.dumps(after))
    return {
        "letter": letter,
        "lines": difference(before, after),
        "refused": answer.detail if isinstance(answer, Rejected) else "",
    }


def verbs() -> list[tuple[str, str]]:
    return list(VERBS.items())
