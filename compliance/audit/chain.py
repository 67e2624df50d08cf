"""The arithmetic of seals: canonical records, digests, one seal after another. No database.

A seal's digest is SHA-256 over a canonical header that holds the number, the moment, the ids, the digest of all leaves and
the digest of the seal before: hash chaining as in Haber and Stornetta (1991) and RFC 6962's leaves without the tree, since
a whole trail is checked at once. The signature (Ed25519, RFC 8032) is over the digest.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

DIGEST_BYTES = 32
GENESIS = bytes(DIGEST_BYTES)
SIGNING_PURPOSE = "audit"


@dataclass(frozen=True, slots=True)
class Record:
    """An audit record as the chain sees it; `at` with its zone."""

    id: int
    at: dt.datetime
    actor: str
    action: str
    target: str
    details: Any


@dataclass(frozen=True, slots=True)
class Seal:
    """See workspace.AuditSeal."""

    number: int
    sealed_at: dt.datetime
    record_ids: tuple[int, ...]
    leaves: bytes
    previous: bytes
    digest: bytes
    signature: bytes

    def leaf(self, position: int) -> bytes:
        return self.leaves[position * DIGEST_BYTES : (position + 1) * DIGEST_BYTES]


def canonical(value: Any) -> bytes:
    """JSON in UTF-8 with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def moment(at: dt.datetime) -> str:
    """UTC with microseconds: the same instant is always the same text."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def record_document(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "at": moment(record.at),
        "actor": record.actor,
        "action": record.action,
        "target": record.target,
        "details": record.details,
    }


def leaf(record: Record) -> bytes:
    """SHA-256 of the canonical record, 32 bytes."""
    return sha256(canonical(record_document(record))).digest()


def digest(
    number: int, sealed_at: dt.datetime, record_ids: Sequence[int], leaves: bytes, previous: bytes
) -> bytes:
    """What a seal's signature covers, 32 bytes."""
    header = {
        "version": 1,
        "number": number,
        "sealed_at": moment(sealed_at),
        "records": list(record_ids),
        "leaves": sha256(leaves).hexdigest(),
        "previous": previous.hex(),
    }
    return sha256(canonical(header)).digest()
