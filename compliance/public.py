"""Pages that anybody may open on a tenant's host: check a receipt, confirm a request, read the public keys."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tenants import keyring, signing
from tenants.models import Tenant
from tenants.scope import Scope

from .erasure.receipt import Verdict, check, exported
from .models import Receipt
from .requests import verify as verification
from .requests.problems import Refused
from .signatures import RECEIPT, domain_of, public_pem
from .signatures import certificate as certificate_of

LONGEST_RECEIPT = 200_000


@require_GET
def receipt(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    """A receipt by its number, which is random and known only to whom it was given."""
    found = get_object_or_404(Receipt, pk=number)
    verdict = check(_tenant(request).pk, orjson.dumps(exported(found, _tenant(request).pk)))
    return _page(request, verdict, receipt=found)


@require_GET
def receipt_file(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(Receipt, pk=number)
    content = orjson.dumps(exported(found, _tenant(request).pk), option=orjson.OPT_INDENT_2)
    name = f"erasure-receipt-{str(number)[:8]}.json"
    return HttpResponse(
        content,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "POST"])
def check_receipt(request: HttpRequest) -> HttpResponse:
    """Paste a receipt and see whether it holds. Nothing that is pasted is kept."""
    if request.method != "POST":
        return _page(request, None)
    upload = request.FILES.get("file")
    text = upload.read(LONGEST_RECEIPT) if upload else request.POST.get("text", "")[:LONGEST_RECEIPT]
    return _page(request, check(_tenant(request).pk, text), pasted="" if upload else text)


@never_cache
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """The person's own page: a look changes nothing (mail programs follow links), the button confirms."""
    scope = _scope(request)
    context: dict[str, Any] = {"tenant": _tenant(request)}
    try:
        if request.user.is_authenticated:
            # Who works here may see the mail that the link came with, and is not the person.
            return render(request, "compliance/verify.html", context | {"staff": True}, status=403)
        if request.method == "POST":
            context |= {"subject_request": verification.confirm_link(scope, token), "done": True}
        else:
            context["subject_request"] = verification.request_of_link(scope, token)
    except Refused as error:
        if error.code == "link_confirmed":
            return render(request, "compliance/verify.html", context | {"confirmed": True})
        return render(request, "compliance/verify.html", context | {"refused": str(error)}, status=410)
    return render(request, "compliance/verify.html", context)


@require_GET
@cache_control(max_age=3_600, public=True)
def receipt_key(request: HttpRequest) -> HttpResponse:
    """The public key that receipts are checked with, at an address that doesn't change."""
    tenant = _tenant(request)
    content = {
        "merchant": tenant.name,
        "algorithm": "Ed25519",
        "public_key": base64.b64encode(signing.public_key(tenant.pk, RECEIPT)).decode(),
        "pem": public_pem(tenant.pk, RECEIPT).decode(),
        "signed": "the member “receipt” as JSON with sorted keys and no spaces, UTF-8",
    }
    return HttpResponse(orjson.dumps(content), content_type="application/json")


@require_GET
@cache_control(max_age=3_600, public=True)
def certificate(request: HttpRequest) -> HttpResponse:
    pem = certificate_of(_tenant(request).pk, domain_of(_scope(request)))
    return HttpResponse(pem, content_type="application/x-pem-file")


def _page(request: HttpRequest, verdict: Verdict | None, **context: Any) -> HttpResponse:
    return render(
        request, "compliance/receipt.html", {"tenant": _tenant(request), "verdict": verdict, **context}
    )


def _tenant(request: HttpRequest) -> Tenant:
    return request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware


def _scope(request: HttpRequest) -> Scope:
    return keyring.scope_of_tenant(_tenant(request))
