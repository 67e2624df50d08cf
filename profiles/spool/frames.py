"""How records lie in a segment file: marked, with their length and a checksum, so that damage is found and passed over.

    frame   = mark (4 bytes), length of the body (4), CRC-32 of length and body (4), body
    body    = tenant id (4), number of events (4), sealed record

Numbers are little-endian and unsigned.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MARK = b"\xa7SPL"
_HEAD = struct.Struct("<4sII")
_BODY = struct.Struct("<II")
HEAD_BYTES = _HEAD.size
# Larger than any request: a length beyond it is damage.
MAX_BODY_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Frame:
    """A record at its place: `offset` of its first byte in segment `segment`, `end` behind its last."""

    segment: int
    offset: int
    end: int
    tenant_id: int
    events: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are no frame."""

    segment: int
    offset: int
    end: int
    content: bytes


def pack(tenant_id: int, events: int, sealed: bytes) -> bytes:
    body = _BODY.pack(tenant_id, events) + sealed
    length = struct.pack("<I", len(body))
    return MARK + length + struct.pack("<I", zlib.crc32(body, zlib.crc32(length))) + body


def parse(segment: int, content: bytes, start: int, complete: bool) -> Iterator[Frame | Damage]:
    """The frames in `content`, which begins at offset `start` of the segment.

    What comes after the last whole frame is left for the next call, unless the content is `complete`: then it is damage.
    """
    at = 0
    while at < len(content):
        end = _end_of_frame(content, at)
        if end == 0:
            after = _next_frame(content, at + 1)
            if after < 0:
                if complete:
                    yield Damage(segment, start + at, start + len(content), content[at:])
                return
            yield Damage(segment, start + at, start + after, content[at:after])
            at = after
            continue
        body = content[at + HEAD_BYTES : end]
        tenant_id, events = _BODY.unpack_from(body)
        yield Frame(segment, start + at, start + end, tenant_id, events, body[_BODY.size :])
        at = end


def _end_of_frame(content: bytes, at: int) -> int:
    """Where the frame at `at` ends; 0 when there is no whole, undamaged one."""
    if len(content) - at < HEAD_BYTES:
        return 0
    mark, length, checksum = _HEAD.unpack_from(content, at)
    end: int = at + HEAD_BYTES + length
    if mark != MARK or not _BODY.size <= length <= MAX_BODY_BYTES or end > len(content):
        return 0
    found = zlib.crc32(content[at + HEAD_BYTES : end], zlib.crc32(content[at + 4 : at + 8]))
    return end if found == checksum else 0


def _next_frame(content: bytes, at: int) -> int:
    while (at := content.find(MARK, at)) >= 0:
        if _end_of_frame(content, at):
            return at
        at += 1
    return -1
