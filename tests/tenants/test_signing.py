"""A signature is of one tenant, one purpose and one message."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tenants import signing


def test_a_signature_verifies_with_the_public_key_alone() -> None:
    signature = signing.sign(1, "receipt", b"erased")
    public = signing.public_key(1, "receipt")
    assert (len(signature), len(public)) == (signing.SIGNATURE_BYTES, signing.PUBLIC_KEY_BYTES)
    Ed25519PublicKey.from_public_bytes(public).verify(signature, b"erased")
    assert signing.verify(1, "receipt", b"erased", signature)


def test_it_holds_for_nothing_else() -> None:
    signature = signing.sign(1, "receipt", b"erased")
    assert not signing.verify(1, "receipt", b"erased!", signature)
    assert not signing.verify(2, "receipt", b"erased", signature)
    assert not signing.verify(1, "audit", b"erased", signature)
    assert not signing.verify(1, "receipt", b"erased", signature[:-1])
    assert not signing.verify_with(b"short", b"erased", signature)


def test_keys_come_back_after_a_restart() -> None:
    before = signing.public_key(1, "audit")
    signing.public_key.cache_clear()
    assert signing.public_key(1, "audit") == before
