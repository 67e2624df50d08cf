"""Uploaded files at rest: sealed in blocks with a key of their own, readable from any position.

A file of history names thousands of people, so it never lies open on a disk. Blocks of a mebibyte are sealed one by one
(AES-256-GCM, bound to the file and to their place in it); destroying the key makes every copy unreadable.
"""

from __future__ import annotations

import io
import os
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from tenants import vault
from tenants.crypto import NONCE_BYTES, seal, unseal
from tenants.scope import Scope

BLOCK = 1 << 20
_SEALED_BLOCK = BLOCK + NONCE_BYTES + 16


class Gone(Exception):
    """The file is not there any more, or its key is not."""


def folder_of(schema: str) -> Path:
    return Path(settings.IMPORT_ROOT) / schema


def file_of(schema: str, number: uuid.UUID) -> Path:
    return folder_of(schema) / f"{number}.sealed"


class SealedWriter:
    """`write` in pieces of any size, then `close`; `size` counts plain bytes. `discard` leaves nothing.

    `go_on`: behind the whole blocks that were written before. As a context, what is not closed keeps its whole blocks.
    """

    def __init__(self, scope: Scope, number: uuid.UUID, *, go_on: bool = False) -> None:
        self.scope, self.number, self.size = scope, number, 0
        with transaction.atomic():
            self._key = vault.person_keys(scope.tenant_id, [number.bytes])[number.bytes]
        path = file_of(scope.schema, number)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Where nothing goes on, whatever is there is written over.
        self._file = path.open("r+b" if go_on and path.exists() else "wb")
        self._block = bytearray()
        self._place = 0
        if go_on:
            self._place = path.stat().st_size // _SEALED_BLOCK
            self.size = self._place * BLOCK
            self._file.truncate(self._file.seek(self._place * _SEALED_BLOCK))

    def __enter__(self) -> SealedWriter:
        return self

    def __exit__(self, *raised: object) -> None:
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def begin_anew(self) -> None:
        self._file.truncate(self._file.seek(0))
        self._block.clear()
        self._place = self.size = 0

    def write(self, piece: bytes) -> None:
        self.size += len(piece)
        self._block += piece
        while len(self._block) >= BLOCK:
            self._put(bytes(self._block[:BLOCK]))
            del self._block[:BLOCK]

    def close(self) -> None:
        if self._block:
            self._put(bytes(self._block))
            self._block.clear()
        self.__exit__()

    def discard(self) -> None:
        self._file.close()
        destroy(self.scope, self.number)

    def _put(self, block: bytes) -> None:
        self._file.write(seal(self._key, block, _bound(self.number, self._place)))
        self._place += 1


class SealedFile(io.RawIOBase):
    """A sealed file as plain bytes, seekable. Raises `Gone`; `crypto.Unreadable` when it was tampered with."""

    def __init__(self, scope: Scope, number: uuid.UUID, size: int) -> None:
        self.number, self.size, self._at = number, size, 0
        key = vault.existing_person_keys(scope.tenant_id, [number.bytes]).get(number.bytes)
        if key is None:
            raise Gone("The file's key has been destroyed.")
        self._key = key
        try:
            self._file = file_of(scope.schema, number).open("rb")
        except FileNotFoundError as error:
            raise Gone("The file is not there any more.") from error
        self._place, self._block = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        place, within = divmod(self._at, BLOCK)
        if self._at >= self.size:
            return 0
        if place != self._place:
            self._file.seek(place * _SEALED_BLOCK)
            self._block = unseal(self._key, self._file.read(_SEALED_BLOCK), _bound(self.number, place))
            self._place = place
        piece = self._block[within : within + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
            self._block = b""
        super().close()


def open_sealed(scope: Scope, number: uuid.UUID, size: int, position: int = 0) -> io.BufferedReader:
    """The file from `position` on, buffered."""
    raw = SealedFile(scope, number, size)
    raw.seek(position)
    return io.BufferedReader(raw, 1 << 17)


def destroy(scope: Scope, number: uuid.UUID) -> None:
    """Key first: from then on the file is noise, also in a backup. Running it twice is harmless."""
    vault.destroy_person_keys(scope.tenant_id, [number.bytes])
    file_of(scope.schema, number).unlink(missing_ok=True)


def _bound(number: uuid.UUID, place: int) -> bytes:
    # A block moved to another place, or into another file, does not open.
    return number.bytes + place.to_bytes(8, "big")
