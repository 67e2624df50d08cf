"""API keys: made, shown once, hashed, rotated with overlap, revoked."""

from __future__ import annotations

import datetime as dt
import secrets
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from . import audit, keyring
from .models import ApiKey, Tenant
from .scope import ALL_SCOPES, PUBLISHABLE_SCOPES

PREFIX = {ApiKey.Kind.PUBLISHABLE: "pk", ApiKey.Kind.SECRET: "sk"}


def digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


@transaction.atomic
def create_key(
    *,
    tenant: Tenant,
    kind: str,
    name: str,
    scopes: list[str] | None = None,
    allowed_origins: list[str] | None = None,
    actor: str = "system",
) -> tuple[ApiKey, str]:
    """The stored key and its token. The token can't be shown again: only its hash is kept."""
    allowed = PUBLISHABLE_SCOPES if kind == ApiKey.Kind.PUBLISHABLE else ALL_SCOPES
    scopes = list(allowed) if scopes is None else scopes
    excess = set(scopes) - set(allowed)
    if excess:
        raise ValueError(f"A {kind} key can't have the scope {', '.join(sorted(excess))}.")
    token = f"{PREFIX[ApiKey.Kind(kind)]}_{tenant.slug[:12]}_{secrets.token_urlsafe(24)}"
    key = ApiKey.objects.create(
        tenant=tenant,
        name=name,
        kind=kind,
        hint=token[: len(token) - 28],
        digest=digest(token),
        scopes=scopes,
        allowed_origins=allowed_origins or [],
    )
    audit.record("key created", f"key:{key.pk}", actor, kind=kind, scopes=scopes, tenant=tenant.slug)
    return key, token


@transaction.atomic
def revoke_key(key: ApiKey, *, actor: str) -> None:
    """The key stops working everywhere within two seconds (keyring.WATCH_SECONDS)."""
    key.revoked_at = key.revoked_at or timezone.now()
    key.save(update_fields=["revoked_at"])
    audit.record("key revoked", f"key:{key.pk}", actor, tenant=key.tenant.slug)
    keyring.changed()


@transaction.atomic
def rotate_key(
    key: ApiKey, *, overlap: dt.timedelta = dt.timedelta(hours=24), actor: str
) -> tuple[ApiKey, str]:
    """A new key with the same rights; the old one goes on working for `overlap`."""
    new, token = create_key(
        tenant=key.tenant,
        kind=key.kind,
        name=key.name,
        scopes=key.scopes,
        allowed_origins=key.allowed_origins,
        actor=actor,
    )
    key.expires_at = timezone.now() + overlap
    key.save(update_fields=["expires_at"])
    audit.record("key rotated", f"key:{key.pk}", actor, successor=new.pk, tenant=key.tenant.slug)
    keyring.changed()
    return new, token
