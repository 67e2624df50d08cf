"""The answer cache: ready bytes, found and checked in one round trip to Valkey.

An answer carries the versions that it was made with (the tenant's epoch and the shopper's version). It is used only
while both are still current, so nothing ever has to be invalidated. Its name holds the id of the Valkey process, so
that a restart with older data finds nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl

import prometheus_client
from django.http import HttpRequest, HttpResponse

from profiles.naming import named_shopper
from tenants import epochs, forgetting, quota, redis
from tenants.api import require
from tenants.crypto import blind_index
from tenants.scope import Scope

from .contracts import Identity

LIFE_SECONDS = 300
SEPARATOR = b"\n"
_WHO = frozenset({"user_id", "anonymous_id"})

ANSWERS = prometheus_client.Counter("attune_recommendations_total", "Answers by outcome", ["outcome"])


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the cache was asked, and the versions it said are current; None while Valkey is away."""

    name: str
    epoch: str | None
    shopper_version: bytes
    identity: Identity | None
    trusted: bool

    @property
    def stamp(self) -> bytes:
        return (self.epoch or "").encode() + b"|" + self.shopper_version


def cached_answer(request: HttpRequest, scope: Scope) -> HttpResponse | None:
    """The gateway's short cut for GET: a stored answer, or None after leaving the look-up on the request."""
    require(scope, "recommend")
    query = request.META.get("QUERY_STRING", "")
    look_up = look(request, scope, query.encode(), _named(query))
    request.look_up = look_up[0]  # type: ignore[attr-defined]
    body = look_up[1]
    if body is None:
        return None
    ANSWERS.labels("cached").inc()
    return HttpResponse(body, content_type="application/json", headers={"Server-Timing": 'cache;desc="hit"'})


@lru_cache(maxsize=4_096)
def _named(query: str) -> dict[str, str]:
    """Whom a query string names; the last value counts, as in Django's own. What is asked again is not parsed again."""
    forgetting.watch()
    return {name: value for name, value in parse_qsl(query, keep_blank_values=True) if name in _WHO}


forgetting.remember_to(_named.cache_clear)


def look(request: HttpRequest, scope: Scope, params: bytes, fields: Any) -> tuple[Lookup, bytes | None]:
    """One round trip: the stored answer, both versions, and the quota's count. Raises 429 over the plan's limit."""
    identity, trusted = identify(request, scope, fields)
    now = time.time()
    epoch_key = epochs.valkey_key(scope.schema)
    who = identity.blind.hex() if identity else "-"
    version_key = f"{scope.schema}:v:{who}"
    quota_key = quota.request_key(scope, now)
    digest = blake2b(params, digest_size=12, key=b"t" if trusted else b"u", salt=_short(identity)).hexdigest()

    # Known once the thread has a connection: until then nothing that is found is used, and nothing is stored.
    server = redis.server_id()
    # Whose it is stands in the name, so that an erasure finds it.
    name = f"{scope.schema}:a:{server}:{who}:{digest}"
    try:
        (stored, epoch, version), used, _ = redis.exchange(
            ("MGET", name, epoch_key, version_key), ("INCR", quota_key), ("EXPIRE", quota_key, 3)
        )
    except redis.Unavailable:
        quota.check_requests(scope, quota.count_locally(quota_key), now)
        return Lookup("", None, b"", identity, trusted), None
    quota.check_requests(scope, used, now)
    look_up = Lookup(name if server else "", (epoch or b"0").decode(), version or b"0", identity, trusted)
    if stored is not None and server:
        stamp, _, body = stored.partition(SEPARATOR)
        if stamp == look_up.stamp:
            return look_up, body
    return look_up, None


def identify(request: HttpRequest, scope: Scope, fields: Any) -> tuple[Identity | None, bool]:
    """Whom the request names, and whether it may read what belongs to a known shopper (see profiles.naming)."""
    user_id, anonymous_id, trusted = named_shopper(request, scope, fields)
    if user_id:
        return Identity("user_id", user_id, blind_index(scope.tenant_id, "user_id", user_id)), True
    if anonymous_id:
        blind = blind_index(scope.tenant_id, "anonymous_id", anonymous_id)
        return Identity("anonymous_id", anonymous_id, blind), trusted
    return None, trusted


def _short(identity: Identity | None) -> bytes:
    return identity.blind[:16] if identity else b""
