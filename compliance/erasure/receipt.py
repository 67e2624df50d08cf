"""The receipt of an erasure: what was held where, that nothing is left, signed so that anybody can check it."""

from __future__ import annotations

import base64
import json
import math
import uuid
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from tenants import signing
from tenants.models import Tenant
from tenants.scope import Scope
from tenants.workspace.models import AuditSeal

from ..models import Receipt, SubjectRequest
from ..registry import LAST, stores
from ..requests import subject
from ..signatures import RECEIPT, canonical
from . import plan

TYPE = "attune-erasure-receipt"
ALGORITHM = "Ed25519 over the receipt as JSON with sorted keys and no spaces, UTF-8"
MEMBERS = frozenset({"receipt", "signature", "public_key", "algorithm"})


@transaction.atomic
def issue(scope: Scope, request: SubjectRequest) -> Receipt:
    """Make and sign the receipt; the one that is there when it was issued already."""
    there = Receipt.objects.filter(request=request).first()
    if there is not None:
        return there
    number, now = uuid.uuid4(), timezone.now()
    document = _document(scope, request, number, now.isoformat())
    text = canonical(document)
    return Receipt.objects.create(
        id=number,
        request=request,
        document=text.decode(),
        signature=signing.sign(scope.tenant_id, RECEIPT, text),
        signed_at=now,
    )


def _document(scope: Scope, request: SubjectRequest, number: uuid.UUID, issued_at: str) -> dict[str, Any]:
    person = subject.kept_person(scope, request)
    steps = {step.name: step for step in request.steps.all()}
    suppressed = steps[plan.SUPPRESS].facts.get("identifiers", 0)
    notes = {store.name: store.note(person) for store in stores() if store.note and person}
    keys = sum(steps[store.name].found for store in stores() if store.order >= LAST and store.name in steps)
    held = any(step.found or step.later for step in steps.values() if step.store)
    return {
        "type": TYPE,
        "version": 1,
        "receipt_id": str(number),
        "issued_at": issued_at,
        "merchant": Tenant.objects.get(pk=scope.tenant_id).name,
        "request": {
            "id": str(request.pk),
            "kind": request.kind,
            "regulation": request.regulation,
            "submitted_at": request.submitted_at.isoformat(),
            "received_at": request.received_at.isoformat(),
            "verified_by_method": request.verification,
            "approved_at": request.approved_at.isoformat() if request.approved_at else None,
            "approvals": [
                {"by": f"user:{approval.user_id}", "at": approval.at.isoformat()}
                for approval in request.approvals.all()
            ],
        },
        "subject_digest": bytes(request.subject_digest).hex(),
        "outcome": "erased" if held else "nothing_held",
        **({} if held else {"looked_for_as": subject.looked_for(scope, request)}),
        "stores": [
            {
                "name": step.name,
                "erased": step.found + step.later,
                "remaining": step.remaining,
                "finished_at": step.finished_at.isoformat() if step.finished_at else None,
                **({"note": notes[step.name]} if notes.get(step.name) else {}),
            }
            for step in steps.values()
            if step.store
        ],
        "keys_destroyed": keys,
        "identifiers_refused_from_now_on": suppressed,
        "rescan": steps[plan.RESCAN].facts,
        "audit_seal": _seal(),
    }


def _seal() -> dict[str, Any] | None:
    """The newest seal of the audit trail: the receipt is younger than what it holds."""
    last = AuditSeal.objects.order_by("-number").first()
    return {"number": last.number, "digest": bytes(last.digest).hex()} if last else None


@dataclass(frozen=True)
class Verdict:
    """Whether a receipt holds, and why not. `document`: what it says, when it can be read."""

    holds: bool
    reason: str
    document: dict[str, Any] | None = None


def exported(receipt: Receipt, tenant_id: int) -> dict[str, Any]:
    """The receipt as a file: the document, the signature and the public key, nothing else needed to check it."""
    return {
        "receipt": orjson.loads(receipt.document),
        "signature": base64.b64encode(bytes(receipt.signature)).decode(),
        "public_key": base64.b64encode(signing.public_key(tenant_id, RECEIPT)).decode(),
        "algorithm": ALGORITHM,
    }


def check(tenant_id: int, text: str | bytes) -> Verdict:
    """Check a receipt file that somebody pasted, against the merchant's key and not the one that the file names."""
    try:
        content = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite)
        document, signature = content["receipt"], base64.b64decode(content["signature"], validate=True)
        if not isinstance(document, dict):
            raise TypeError
        said = canonical(document)  # refuses what is nested deeper than any receipt
    except _Twice as error:
        return Verdict(False, f"This file was changed: it says “{error}” twice, and only one can be signed.")
    except (KeyError, TypeError, ValueError, RecursionError):
        return Verdict(False, "This is not a receipt: paste the whole file, from { to }.")
    if more := sorted(set(content) - MEMBERS):
        return Verdict(
            False, f"This file was changed: “{more[0][:60]}” is no part of a receipt, and nobody signed it."
        )
    if not _as_exported(content, tenant_id):
        return Verdict(
            False, "This file was changed: it names another key or algorithm than this merchant's."
        )
    if not signing.verify(tenant_id, RECEIPT, said, signature):
        return Verdict(
            False,
            "The signature does not belong to this text: it was changed, or another merchant's.",
            document,
        )
    if document.get("type") != TYPE:
        return Verdict(False, "This is a document that the merchant signed, but not a receipt of an erasure.")
    return Verdict(True, "The receipt is unchanged and was signed by this merchant.", document)


class _Twice(Exception):
    """A member that an object has twice: readers differ in which one they take."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name[:60])
        found[name] = value
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(number: str) -> float:
    """1e999 would be infinite here and null in what is signed."""
    if not math.isfinite(found := float(number)):
        _refuse(number)
    return found


def _as_exported(content: dict[str, Any], tenant_id: int) -> bool:
    """Whether what stands beside the receipt, unsigned, is what `exported` writes; it may be left out."""
    key = base64.b64encode(signing.public_key(tenant_id, RECEIPT)).decode()
    return content.get("public_key", key) == key and content.get("algorithm", ALGORITHM) == ALGORITHM
