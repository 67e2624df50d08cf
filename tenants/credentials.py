"""Secrets of connectors (passwords, signing keys), sealed with a key of the tenant's own."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from .crypto import derived_key, seal, unseal
from .workspace.models import ConnectorCredential

KEY_VERSION = 1


def keep(tenant_id: int, vendor: str, name: str, secret: Mapping[str, str]) -> ConnectorCredential:
    """Store a secret under (vendor, name), in place of the one that was there."""
    sealed = seal(_key(tenant_id), orjson.dumps(dict(secret)), _bound_to(vendor, name))
    credential, _ = ConnectorCredential.objects.update_or_create(
        vendor=vendor, name=name, defaults={"sealed": sealed, "key_version": KEY_VERSION}
    )
    return credential


def read(tenant_id: int, credential: ConnectorCredential) -> dict[str, str]:
    """The secret. Raises `crypto.Unreadable` when it was sealed for another tenant, vendor or name."""
    opened = unseal(_key(tenant_id), bytes(credential.sealed), _bound_to(credential.vendor, credential.name))
    found: dict[str, str] = orjson.loads(opened)
    return found


def _key(tenant_id: int) -> bytes:
    return derived_key(f"credentials:{tenant_id}:{KEY_VERSION}")


def _bound_to(vendor: str, name: str) -> bytes:
    # A sealed secret moved to another row does not open.
    return f"{vendor}\x00{name}".encode()
