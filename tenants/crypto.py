"""Encryption of personal fields and blind indexes for look-up.

One master key wraps every person's key (AES-256-GCM) and, by HKDF (RFC 5869), yields a separate index key per
tenant, so that the same e-mail address in two tenants has two unrelated indexes.
"""

from __future__ import annotations

import hmac
import os
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_BYTES = 32
NONCE_BYTES = 12
BLIND_BYTES = 16


class Unreadable(Exception):
    """The sealed value was made with another key, or its key has been destroyed."""


@lru_cache(maxsize=1)
def master_key() -> bytes:
    """32 bytes, hexadecimal in the settings."""
    return bytes.fromhex(settings.MASTER_KEY)


@lru_cache(maxsize=4096)
def derived_key(purpose: str) -> bytes:
    """A 32-byte key for one purpose, such as "blind:7"."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(master_key())


def blind_index(tenant_id: int, kind: str, value: str) -> bytes:
    """16 bytes that find an identifier without revealing it: HMAC-SHA256 with the tenant's index key.

    White space around it is no part of it.
    """
    message = kind.encode() + b"\x00" + value.strip().encode()
    return hmac.digest(derived_key(f"blind:{tenant_id}"), message, sha256)[:BLIND_BYTES]


def seal(key: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
    """AES-256-GCM: nonce (12 bytes), ciphertext, tag (16 bytes)."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def unseal(key: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
    """The plaintext; raises `Unreadable` when the key is not the one it was sealed with."""
    sealed = bytes(sealed)
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except InvalidTag as error:
        raise Unreadable("sealed with another key") from error
