"""Whom a request names, and whether it may read what belongs to a known shopper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter

from tenants.problems import Problem
from tenants.scope import Scope
from tenants.tokens import verified_user_id

# Of a user id and an anonymous id, at every door.
MAX_ID = 500
# The same for the API's document.
_ID = {"type": "string", "maxLength": MAX_ID}
SHOPPER = (
    OpenApiParameter("user_id", _ID, description="the shopper, as the merchant names them"),
    OpenApiParameter("anonymous_id", _ID, description="a shopper who has not signed in"),
)
SHOPPER_TOKEN = OpenApiParameter(
    "X-Shopper-Token", str, "header", description="with a publishable key: who the shopper is"
)


def named_shopper(
    request: HttpRequest, scope: Scope, fields: Mapping[str, Any]
) -> tuple[str | None, str | None, bool]:
    """(user_id, anonymous_id, trusted) of a request's `fields`; the user id, when there is one, is vouched for.

    A secret key may name anybody. A publishable key may name a user id only with a shopper token that says the same;
    an anonymous id it may always name.
    """
    user_id = fields.get("user_id")
    anonymous_id = fields.get("anonymous_id")
    token = request.META.get("HTTP_X_SHOPPER_TOKEN")
    trusted = scope.kind != "publishable"
    for name, value in (("user_id", user_id), ("anonymous_id", anonymous_id)):
        if value is not None and (not isinstance(value, str) or len(value) > MAX_ID):
            raise Problem(400, "invalid_request", f"{name} must be a string of at most {MAX_ID} characters.")
        if value is not None:
            refuse_nul(name, value)
    user_id, anonymous_id = (user_id or "").strip() or None, (anonymous_id or "").strip() or None
    if not trusted and token:
        vouched = verified_user_id(scope.tenant_id, token).strip()
        refuse_nul("user_id", vouched)
        if user_id and user_id != vouched:
            raise Problem(403, "shopper_token_mismatch", "The shopper token names another user_id.")
        user_id, trusted = vouched, True
    if user_id and not trusted:
        raise Problem(
            403,
            "shopper_token_required",
            "A publishable key needs a shopper token, signed by your server, to ask for a known shopper: "
            "send it as X-Shopper-Token, or ask with anonymous_id.",
        )
    return user_id, anonymous_id, trusted


def refuse_nul(name: str, value: str) -> None:
    """400: no id holds a NUL, which other programs end a text at."""
    if "\x00" in value:
        raise Problem(400, "invalid_id", f"{name} must not hold a NUL character.")
