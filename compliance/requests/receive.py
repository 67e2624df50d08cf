"""A request comes in, by console or API: checked, sealed, given a deadline."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from tenants import audit
from tenants.scope import Scope

from ..models import Callback, SubjectRequest
from . import callbacks
from .duplicates import lock, only_one_erasure
from .marks import Identity, blinds, digest, marks, names_of, own_names, spellings
from .problems import Refused
from .subject import KINDS, Subject, clean_note, resolve, seal_subject

# Article 12(3) GDPR: a month; section 1798.130 CCPA: 45 days.
DAYS = {"gdpr": 30, "ccpa": 45}
MOST_IDENTITIES = 20
# What a sender's clock may be ahead of ours.
SKEW = dt.timedelta(minutes=5)
# Longer ago than any deadline with its extensions: a sender's clock, or a slip in a year.
OLDEST = dt.timedelta(days=366)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def receive(
    scope: Scope,
    *,
    kind: str,
    identities: Sequence[Identity],
    actor: str,
    regulation: str = "gdpr",
    source: str = "console",
    request_id: uuid.UUID | None = None,
    submitted_at: dt.datetime | None = None,
    note: str = "",
    callback_urls: Sequence[str] = (),
    body_digest: bytes = b"",
) -> SubjectRequest:
    """Take a request. The same id with the same content gives the request that is there already.

    Raises `Refused`: nobody named, asked in the future or by API more than a year ago, an id used for something else or withdrawn, or an open erasure
    of the same subject (its id is in `extra`).
    """
    named = _checked(identities)
    now = timezone.now()
    asked_at = submitted_at or now
    if asked_at > now + SKEW:
        raise Refused(
            "asked_in_future", "The person can't have asked in the future: correct when they asked."
        )
    if source == "api" and now - asked_at > OLDEST:
        raise Refused(
            "asked_too_long_ago",
            f"submitted_time is more than {OLDEST.days} days ago; the answer would have been due long since. "
            "Correct when the person asked.",
        )
    asked_at = min(asked_at, now)
    known = SubjectRequest.objects.filter(pk=request_id).first() if request_id else None
    if known is not None:
        return _same(known, body_digest, callback_urls)
    # Looked up before anything is locked.
    person = resolve(scope, named)
    names = names_of(person) | spellings(scope.tenant_id, named)
    with transaction.atomic():
        if request_id is not None:
            lock(f"{scope.schema}:{request_id}")
            known = SubjectRequest.objects.filter(pk=request_id).first()
            if known is not None:
                return _same(known, body_digest, callback_urls)
        if kind == SubjectRequest.Kind.ERASURE:
            only_one_erasure(scope, own_names(person))
        request = SubjectRequest(
            id=request_id or uuid.uuid4(),
            kind=kind,
            regulation=regulation,
            source=source,
            recorded_by=actor,
            submitted_at=asked_at,
            received_at=now,
            due_at=asked_at + dt.timedelta(days=DAYS[regulation]),
            subject_digest=digest(scope.tenant_id, named),
            subject_blinds=blinds(scope.tenant_id, named),
            subject_marks=marks(scope.tenant_id, names),
            shoppers=person.shoppers,
            body_digest=body_digest,
        )
        seal_subject(scope, request, Subject(tuple(named), (clean_note(note),) if note.strip() else ()))
        request.save(force_insert=True)
        Callback.objects.bulk_create(Callback(request=request, url=url) for url in callback_urls)
        audit.record(
            "subject request received",
            f"request:{request.pk}",
            actor,
            kind=kind,
            regulation=regulation,
            source=source,
        )
        callbacks.announce(scope, request)
    return request


def _checked(identities: Sequence[Identity]) -> list[Identity]:
    named = list(dict.fromkeys((kind, value.strip()) for kind, value in identities if value.strip()))
    if not named:
        raise Refused(
            "missing_identity", "Say whom the request is about: a user id, e-mail, phone or anonymous id."
        )
    if len(named) > MOST_IDENTITIES:
        raise Refused(
            "too_many_identities", f"A request may name at most {MOST_IDENTITIES} identities of one person."
        )
    for kind, value in named:
        if kind not in KINDS:
            raise Refused(
                "unknown_identity_type", f"“{kind}” is not known here. There are: {', '.join(KINDS)}."
            )
        if len(value) > 500:
            raise Refused("identity_too_long", "An identity may have 500 characters at most.")
        if kind == "email" and not _EMAIL.fullmatch(value):
            raise Refused("invalid_email", "An e-mail address has the form name@example.com.")
    return named


def _same(known: SubjectRequest, body_digest: bytes, callback_urls: Sequence[str]) -> SubjectRequest:
    if body_digest and bytes(known.body_digest) != body_digest:
        raise Refused(
            "request_id_used", "This subject_request_id belongs to another request already; make a new UUID."
        )
    if body_digest and {callback.url for callback in known.callbacks.all()} != set(callback_urls):
        raise Refused(
            "request_id_used",
            "This subject_request_id was sent before with other status_callback_urls, which stay; send the same again, "
            "or make a new UUID.",
        )
    if known.status in (SubjectRequest.Status.CANCELLED, SubjectRequest.Status.REJECTED):
        became = "withdrawn" if known.status == SubjectRequest.Status.CANCELLED else "rejected"
        raise Refused(
            "request_closed",
            f"The request with this subject_request_id was {became}. To ask again, send it with a new UUID.",
        )
    return known
