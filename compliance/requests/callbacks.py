"""Tell the sender of a request what becomes of it (OpenDSR 8.5), signed, until it was taken."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from tenants import outbound
from tenants.addresses import base_url
from tenants.due import mark_due
from tenants.scope import Scope

from ..models import WAITING, Callback, SubjectRequest
from ..signatures import domain_of, signature_of
from .queue import QUEUE
from .subject import open_subject

STATUSES = {
    "received": "pending",
    "verifying": "pending",
    "verified": "pending",
    "approved_once": "pending",
    "approved": "in_progress",
    "running": "in_progress",
    "completed": "completed",
    "rejected": "cancelled",
    "cancelled": "cancelled",
}
# Seconds until the next try; after the last one it is given up, and the request's page says so.
RETRIES = (60, 300, 1_800, 7_200, 21_600, 86_400)

log = structlog.get_logger("attune.requests")


def announce(scope: Scope, request: SubjectRequest) -> None:
    """Queue the request's status for everybody who wants to know, once for each change; in the caller's transaction."""
    status = STATUSES[request.status]
    addresses = list(request.callbacks.filter(status="").values_list("url", flat=True))
    told = set(request.callbacks.filter(status=status).values_list("url", flat=True))
    now = timezone.now()
    rows = [
        Callback(request=request, url=url, status=status, next_at=now) for url in addresses if url not in told
    ]
    if rows:
        Callback.objects.bulk_create(rows)
        with connection.cursor() as cursor:
            mark_due(cursor, scope.tenant_id, QUEUE)


def document(scope: Scope, request: SubjectRequest, status: str = "") -> dict[str, Any]:
    """What a status answer and a callback say; no identity of anybody."""
    found: dict[str, Any] = {
        "controller_id": scope.slug,
        "subject_request_id": str(request.pk),
        "request_status": status or STATUSES[request.status],
        "expected_completion_time": request.due_at.isoformat(),
        "api_version": "1.0",
    }
    shoppers = _shoppers(scope, request)
    if shoppers is not None:
        found["matched_shoppers"] = shoppers
    if (shoppers or 0) > 1:
        found["notice"] = f"The identities lead to {shoppers} different shoppers."
    if request.closing_reason == "erased":
        found["notice"] = "The person was erased meanwhile by another request; nothing is held any more."
    receipt = getattr(request, "receipt", None)
    bundle = getattr(request, "bundle", None)
    if receipt is not None:
        found["results_url"] = f"{base_url(scope.tenant_id)}/receipts/{receipt.pk}"
    elif bundle is not None and bundle.expires_at > timezone.now():
        found["results_url"] = f"{base_url(scope.tenant_id)}/v1/opendsr/requests/{request.pk}/results"
        found["results_expire_at"] = bundle.expires_at.isoformat()
        found["results_count"] = bundle.rows
    return found


def _shoppers(scope: Scope, request: SubjectRequest) -> int | None:
    """To how many shoppers the identities lead: now while it waits, and later to how many they led at its approval."""
    asked = open_subject(scope, request) if request.status in WAITING else None
    if asked is None:
        return request.shoppers
    count: int = import_string(settings.SUBJECT_SHOPPERS)(scope, asked.identities)
    return count


def deliver(scope: Scope, limit: int = 50) -> int:
    """Send what is due; how many were taken. Rows are claimed, so two workers never send one twice at a time."""
    delivered = 0
    for _ in range(limit):
        with transaction.atomic():
            row = (
                Callback.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("request")
                .filter(next_at__lte=timezone.now(), delivered_at=None)
                .order_by("next_at")
                .first()
            )
            if row is None:
                return delivered
            delivered += _send(scope, row)
    return delivered


def _send(scope: Scope, row: Callback) -> bool:
    row.attempts += 1
    try:
        with transaction.atomic():
            body = orjson.dumps({**document(scope, row.request, row.status), "status_callback_url": row.url})
            headers = {
                "Content-Type": "application/json",
                "X-OpenDSR-Processor-Domain": domain_of(scope),
                "X-OpenDSR-Signature": base64.b64encode(signature_of(scope, body)).decode(),
            }
            outbound.post(row.url, body, headers)
        row.delivered_at, row.next_at, row.trouble = timezone.now(), None, ""
    except outbound.Refused as error:
        row.next_at, row.trouble = None, str(error)
    except outbound.Failed as error:
        _failed(scope, row, str(error), permanent=error.permanent)
    except Exception as error:  # whatever it was: one address never holds up the others
        log.exception("a callback failed unexpectedly", request=str(row.request_id))
        _failed(scope, row, type(error).__name__)
    row.save(update_fields=["attempts", "delivered_at", "next_at", "trouble"])
    return row.delivered_at is not None


def _failed(scope: Scope, row: Callback, why: str, *, permanent: bool = False) -> None:
    """Try again later, unless that is useless or was done often enough."""
    last = permanent or row.attempts > len(RETRIES)
    row.trouble = why[:200]
    row.next_at = None if last else timezone.now() + dt.timedelta(seconds=RETRIES[row.attempts - 1])
    if row.next_at:
        with connection.cursor() as cursor:
            mark_due(cursor, scope.tenant_id, QUEUE, row.next_at)
    log.warning("status not delivered", request=str(row.request_id), attempts=row.attempts, given_up=last)


def next_due() -> dt.datetime | None:
    row = Callback.objects.filter(delivered_at=None).exclude(next_at=None).order_by("next_at").first()
    return row.next_at if row else None
