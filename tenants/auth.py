"""Who is calling: the key in a request's head, and what is wrong with it when it does not work."""

from __future__ import annotations

import base64
import binascii

from django.http import HttpRequest

from . import key_use, keyring
from .problems import Problem
from .scope import Scope

_REASONS = {
    "unknown": (401, "unknown_key", "This API key is not known."),
    "revoked": (401, "revoked_key", "This API key has been revoked."),
    "expired": (401, "expired_key", "This API key was rotated and its overlap has ended."),
    "suspended": (403, "tenant_suspended", "This account is suspended."),
}
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="attune"'}


def token_in_head(request: HttpRequest) -> str | None:
    """The key from `Authorization: Bearer KEY`, or from basic auth's user name (as Segment's SDKs send it)."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if header.startswith("Bearer "):
        return header[7:].strip() or None
    if header.startswith("Basic "):
        try:
            return base64.b64decode(header[6:], validate=True).decode().partition(":")[0] or None
        except (binascii.Error, UnicodeDecodeError):
            return None
    return None


def authenticate(request: HttpRequest, token: str | None) -> Scope:
    """The scope of `token`; raises 401 or 403 as a Problem."""
    if not token:
        raise Problem(
            401,
            "missing_key",
            "Send an API key: “Authorization: Bearer KEY”, or the key as the user name of basic auth.",
            headers=_CHALLENGE,
        )
    entry = keyring.scope_of_key(token)
    if isinstance(entry, keyring.Refused):
        status, code, detail = _REASONS[entry.reason]
        raise Problem(status, code, detail, headers=_CHALLENGE if status == 401 else None)
    _check_host(request, entry)
    _check_origin(request, entry)
    key_use.note(entry.key_id)
    return entry


def _check_host(request: HttpRequest, scope: Scope) -> None:
    # A key on another tenant's host gets the answer of an unknown key: nothing is revealed about whose it is.
    host = request.META.get("HTTP_HOST", "").rsplit(":", 1)[0]
    tenant = keyring.tenant_of_host(host)
    if tenant is not None and tenant.pk != scope.tenant_id:
        status, code, detail = _REASONS["unknown"]
        raise Problem(status, code, detail, headers=_CHALLENGE)


def _check_origin(request: HttpRequest, scope: Scope) -> None:
    origin = request.META.get("HTTP_ORIGIN")
    if origin and scope.allowed_origins and origin not in scope.allowed_origins:
        raise Problem(403, "origin_not_allowed", f"This key may not be used from {origin}.")
