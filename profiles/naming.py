"""Whom a request names, and whether it may read what belongs to a known shopper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from tenants.problems import Problem
from tenants.scope import Scope
from tenants.tokens import verified_user_id

MAX_ID = 200


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
    user_id, anonymous_id = (user_id or "").strip() or None, (anonymous_id or "").strip() or None
    if not trusted and token:
        vouched = verified_user_id(scope.tenant_id, token).strip()
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
