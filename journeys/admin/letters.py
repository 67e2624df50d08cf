"""Opening what was sent, for staff who may read it: one look-up of keys for any number of messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.http import HttpRequest

from profiles.admin.people import READ_IDENTITIES
from tenants import vault
from tenants.crypto import Unreadable, unseal

from ..models import InboxMessage, Message


@dataclass(frozen=True, slots=True)
class Letter:
    """`hidden`: there is one, and who asks works with pseudonyms. It may greet the shopper by name, and its links
    (unsubscribing among them) act for the shopper."""

    subject: str
    html: str = ""
    text: str = ""
    to: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    hidden: bool = False


# Ours, one by one pixel, added before the end (messages.tracking.with_open_picture).
_PICTURE = re.compile(r"""<img\b[^>]*\bsrc="[^"]*/m/o/[^"]*"[^>]*>""", re.IGNORECASE)

_VERIFICATION = "/privacy/verify/"

# What a document may begin with before its first own element.
_HEAD = re.compile(r"\s*(<!doctype[^>]*>)?\s*(<html\b[^>]*>)?\s*(<head\b[^>]*>)?", re.IGNORECASE)


def unfollowed(html: str) -> str:
    """The HTML for staff to look at: it tells nobody that it was opened, and its links lead out of its frame."""
    return in_new_tab(_PICTURE.sub("", html)) if html else ""


def in_new_tab(html: str) -> str:
    """Links open beside the page; inside of the frame they could only be refused."""
    match = _HEAD.match(html)
    at = match.end() if match else 0
    return f'{html[:at]}<base target="_blank">{html[at:]}'


def may_read_names(request: HttpRequest) -> bool:
    return request.user.has_perm(READ_IDENTITIES)  # type: ignore[union-attr]  # staff


def opened(request: HttpRequest, rows: Sequence[Message | InboxMessage]) -> dict[Any, Letter]:
    """By primary key. A message whose person was erased, or that was never rendered, is absent."""
    tenant_id = request.tenant.pk  # type: ignore[attr-defined]  # HostTenantMiddleware
    keys = vault.existing_person_keys(tenant_id, list({bytes(row.unit) for row in rows}))
    names = may_read_names(request)
    requests = request.user.has_perm("compliance.view_subjectrequest")  # type: ignore[union-attr]  # staff
    found = {}
    for row in rows:
        key, sealed = keys.get(bytes(row.unit)), bytes(row.content)
        if key is None or not sealed:
            continue
        if not names:
            found[row.pk] = Letter("", hidden=True)
            continue
        try:
            letter = _letter(orjson.loads(unseal(key, sealed)))
        except Unreadable:
            continue
        found[row.pk] = letter if requests or not _confirms(letter) else Letter("", hidden=True)
    return found


def _confirms(letter: Letter) -> bool:
    """Whether it asks somebody to confirm a privacy request: who opens its link is taken for the shopper."""
    return any(_VERIFICATION in part for part in (letter.text, letter.html))


def _letter(content: dict[str, Any]) -> Letter:
    return Letter(
        subject=content.get("subject") or "",
        html=content.get("html") or "",
        text=content.get("text") or "",
        to=str(content.get("to") or ""),
        headers={str(k): str(v) for k, v in (content.get("headers") or {}).items()},
    )
