"""Ed25519 signatures (RFC 8032) of what must be provable later: seals of the audit trail, receipts of erasures.

The key of a tenant and purpose is derived from the master key, so it needs no storage and survives a restore; only the
public half ever leaves the process. A tenant's number is never used again, so no two tenants share a key.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .crypto import derived_key

SIGNATURE_BYTES = 64
PUBLIC_KEY_BYTES = 32


def sign(tenant_id: int, purpose: str, message: bytes) -> bytes:
    """64 bytes. `purpose` keeps what is signed for one use from being taken for another: "audit", "receipt"."""
    return _private(tenant_id, purpose).sign(message)


def verify(tenant_id: int, purpose: str, message: bytes, signature: bytes) -> bool:
    return verify_with(public_key(tenant_id, purpose), message, signature)


def verify_with(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is of `message` by the owner of the raw public key (32 bytes): all that an outsider needs."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes(public)).verify(bytes(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=1024)
def public_key(tenant_id: int, purpose: str) -> bytes:
    """The raw public key, 32 bytes."""
    return _private(tenant_id, purpose).public_key().public_bytes_raw()


def _private(tenant_id: int, purpose: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derived_key(f"sign:{purpose}:{tenant_id}"))
