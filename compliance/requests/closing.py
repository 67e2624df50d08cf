"""The end of a request, whichever way it came to it."""

from __future__ import annotations

from django.utils import timezone

from tenants import audit
from tenants.scope import Scope

from ..models import SubjectRequest
from . import callbacks, rights
from .contact import keep_contact
from .subject import forget_subject


def close(
    scope: Scope,
    request: SubjectRequest,
    status: str,
    *,
    actor: str,
    outcome: str = "",
    reason: str = "",
    to_answer: bool,
) -> None:
    """Close it, and destroy the key of what was asked; the caller has locked the row and knows that it is open.

    `to_answer`: somebody has to be told, so where to answer stays, sealed, until that is done.
    """
    request.status, request.outcome, request.closed_at = status, outcome, timezone.now()
    request.closing_reason = reason
    request.link_nonce, request.trouble, request.retry_at = "", "", None
    if to_answer:
        keep_contact(scope, request)
    forget_subject(scope, request)
    request.save()
    rights.revoke(request)
    details = {"kind": request.kind, "outcome": str(outcome)} if outcome else {}
    if reason:
        details["reason"] = reason
    audit.record(f"subject request {status}", f"request:{request.pk}", actor, **details)
    callbacks.announce(scope, request)
