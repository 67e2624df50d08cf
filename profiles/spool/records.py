"""What a request said, sealed for the way over the disk."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from tenants.crypto import derived_key, seal, unseal
from tenants.scope import Scope

from .frames import Frame, pack


class Record(msgspec.Struct, array_like=True):
    """The arguments of one call of the door. `seed`: from which ids of events without one are made, so that an event
    has the same one however often the record is drained. `letters`: some of its events were refused.
    """

    kind: str
    source: str
    received: dt.datetime
    seed: str
    raws: list[bytes]
    details: dict[str, Any]
    letters: bool


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode


def to_frame(scope: Scope, record: Record) -> bytes:
    """The record as a frame, encrypted (AES-256-GCM) with a key of the tenant that the master key yields."""
    sealed = seal(_key(scope.tenant_id), _encode(record), _bound(scope.tenant_id, len(record.raws)))
    return pack(scope.tenant_id, len(record.raws), sealed)


def from_frame(frame: Frame) -> Record:
    """Raises crypto.Unreadable when the master key is another one or the frame was tampered with."""
    plain = unseal(_key(frame.tenant_id), frame.sealed, _bound(frame.tenant_id, frame.events))
    return _decode(plain)


def _key(tenant_id: int) -> bytes:
    return derived_key(f"spool:{tenant_id}")


def _bound(tenant_id: int, events: int) -> bytes:
    return f"spool:{tenant_id}:{events}".encode()
