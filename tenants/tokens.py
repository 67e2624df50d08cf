"""Shopper tokens: the merchant's server vouches for who a browser's shopper is.

A JSON Web Token (RFC 7519), HS256, with `sub` the user id and `exp`. Made with the tenant's token secret, which the
console shows to the owner; any JWT library on the merchant's server can make one.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock

import jwt

from . import forgetting
from .crypto import derived_key
from .models import Tenant
from .problems import Problem

LONGEST_LIFE_SECONDS = 24 * 3600
_CACHE_SIZE = 10_000
_verified: OrderedDict[tuple[int, str], tuple[str, float]] = OrderedDict()
_lock = Lock()


@forgetting.remember_to
def forget_verified_tokens() -> None:
    with _lock:
        _verified.clear()


def token_secret(tenant_id: int) -> str:
    """The secret that the merchant's server signs shopper tokens with (hexadecimal)."""
    return derived_key(f"shopper-token:{tenant_id}").hex()


def sign_shopper_token(tenant: Tenant, user_id: str, *, seconds: int = 3600) -> str:
    now = int(time.time())
    return jwt.encode(
        {"sub": user_id, "iat": now, "exp": now + seconds}, token_secret(tenant.pk), algorithm="HS256"
    )


def verified_user_id(tenant_id: int, token: str) -> str:
    """The user id a valid token names; 401 for any other. Verified tokens are remembered until they expire."""
    now = time.time()
    forgetting.watch()
    with _lock:
        known = _verified.get((tenant_id, token))
    if known and known[1] > now:
        return known[0]
    try:
        claims = jwt.decode(
            token,
            token_secret(tenant_id),
            algorithms=["HS256"],
            options={"require": ["sub", "exp"]},
            leeway=5,
        )
    except jwt.ExpiredSignatureError as error:
        raise Problem(
            401, "shopper_token_expired", "The shopper token has expired; ask your server for one."
        ) from error
    except jwt.InvalidTokenError as error:
        raise Problem(
            401, "shopper_token_invalid", "The shopper token was not signed with your token secret."
        ) from error
    if claims["exp"] - now > LONGEST_LIFE_SECONDS + 60:
        raise Problem(401, "shopper_token_too_long", "A shopper token may live for at most 24 hours.")
    with _lock:
        _verified[(tenant_id, token)] = (str(claims["sub"]), float(claims["exp"]))
        while len(_verified) > _CACHE_SIZE:
            _verified.popitem(last=False)
    return str(claims["sub"])
