"""A file arrives: unpacked, measured and sealed in one pass, then looked at."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterator
from typing import Protocol

from django.conf import settings
from django.db import transaction

from catalog.ndjson import BadBody, chunks
from tenants import audit
from tenants.crypto import derived_key
from tenants.scope import Scope

from .files import SealedWriter, destroy, open_sealed
from .layout import Layout
from .models import Import
from .readers import BadFile
from .sniff import sniff

CHUNK = 1 << 16
_GZIP = b"\x1f\x8b"


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class TooLarge(BadFile):
    """More bytes than an import may have."""


def receive(scope: Scope, source: Readable, *, name: str, kind: str, actor: str) -> Import:
    """Keep a file as a draft of an import, with what its columns seem to mean.

    gzip is undone, whatever the file is called. Raises `BadFile`, `TooLarge`; then nothing is kept.
    """
    if kind not in Import.Kind.values:
        raise BadFile(f"A file holds {', '.join(Import.Kind.values)}; not “{kind[:20]}”.")
    number = uuid.uuid4()
    size, digest = kept(scope, number, source)
    try:
        layout, end = arrived(scope, number, size, name, kind)
        with transaction.atomic():
            made = Import.objects.create(
                uuid=number,
                name=shown_name(name),
                kind=kind,
                layout=layout.as_json(),
                size=size,
                end=end,
                digest=digest,
                created_by=actor,
            )
            audit.record("file uploaded", f"import:{made.pk}", actor, kind=kind, bytes=size)
    except BaseException:
        destroy(scope, number)
        raise
    return made


def kept(scope: Scope, number: uuid.UUID, source: Readable) -> tuple[int, str]:
    """Unpack and seal what is read: (bytes, keyed digest). Raises `BadFile`, `TooLarge`; then nothing is kept."""
    writer = SealedWriter(scope, number)
    digest = hmac.new(derived_key(f"imports:{scope.tenant_id}"), digestmod=hashlib.sha256)
    try:
        for piece in _unpacked(source):
            if writer.size + len(piece) > settings.IMPORT_MOST_BYTES:
                raise too_large()
            digest.update(piece)
            writer.write(piece)
        writer.close()
    except BaseException:
        writer.discard()
        raise
    return writer.size, digest.hexdigest()


def arrived(scope: Scope, number: uuid.UUID, size: int, name: str, kind: str) -> tuple[Layout, int]:
    """What a kept file seems to be, and the position at its end. Raises `BadFile`."""
    with open_sealed(scope, number, size) as file:
        return sniff(file, name, size, kind, scope.time_zone)


def too_large() -> TooLarge:
    return TooLarge(f"A file may have {settings.IMPORT_MOST_BYTES >> 20:,} MB unpacked. Send it in parts.")


def same_before(found: Import) -> Import | None:
    """An earlier import of exactly this file that took something."""
    return (
        Import.objects.filter(digest=found.digest, kind=found.kind, taken__gt=0)
        .exclude(pk=found.pk)
        .order_by("-created_at")
        .first()
    )


def _unpacked(source: Readable) -> Iterator[bytes]:
    first = _read(source)
    rest = _Again(first, source)
    try:
        yield from chunks(rest, gzipped=first.startswith(_GZIP))
    except BadBody as error:
        raise BadFile("The file is not whole: it can't be unpacked, or breaks off.") from error


class _Again:
    """A source whose first piece was looked at already."""

    def __init__(self, first: bytes, source: Readable) -> None:
        self.first, self.source = first, source

    def read(self, size: int) -> bytes:
        first, self.first = self.first, b""
        return first or self.source.read(size)


def _read(source: Readable) -> bytes:
    try:
        return source.read(CHUNK)
    except OSError as error:
        raise BadFile("The upload broke off. Send the file again.") from error


def shown_name(name: str) -> str:
    """A file's own name, without folders and what a page must not print."""
    plain = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in plain if c.isprintable())[:120] or "file"
