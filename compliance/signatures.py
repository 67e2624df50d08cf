"""What this room signs, with which key, and how anybody checks it: receipts, and answers in the OpenDSR format."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import NameOID

from tenants import signing
from tenants.crypto import derived_key
from tenants.models import Domain
from tenants.scope import Scope

RECEIPT = "receipt"
OPENDSR = "opendsr"


def canonical(document: dict[str, Any]) -> bytes:
    """The bytes that are signed: JSON with sorted keys and no spaces, UTF-8."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def signature_of(scope: Scope, body: bytes) -> bytes:
    return signing.sign(scope.tenant_id, OPENDSR, body)


def public_pem(tenant_id: int, purpose: str) -> bytes:
    key = Ed25519PublicKey.from_public_bytes(signing.public_key(tenant_id, purpose))
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def domain_of(scope: Scope) -> str:
    """The tenant's own host name: the one under which requests are taken and signatures are checked."""
    domain = Domain.objects.filter(tenant_id=scope.tenant_id).order_by("-is_primary").first()
    return domain.domain if domain else f"{scope.slug}.localhost"


@lru_cache(maxsize=256)
def certificate(tenant_id: int, domain: str) -> bytes:
    """An X.509 certificate (PEM) of the key that signs answers, as OpenDSR's discovery names one.

    It is signed by itself: a deployment that needs an authority's puts its own in front of this address.
    """
    key = Ed25519PrivateKey.from_private_bytes(derived_key(f"sign:{OPENDSR}:{tenant_id}"))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain[:64])])
    begins = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(signing.public_key(tenant_id, OPENDSR)[:8], "big") >> 1 or 1)
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=3_650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .sign(key, None)
    )
    return made.public_bytes(serialization.Encoding.PEM)
