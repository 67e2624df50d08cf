"""What a source gives: the rest of a file from a place on, and whether it can be asked for the rest again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar, Protocol

import httpcore

from tenants.connectors.base import Field, Trouble

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
LONGEST_TAG = 200


@dataclass(slots=True)
class Opened:
    """An answer that has begun. `start`: the place in the file that `pieces` begin at. `total`: bytes of the whole file,
    None when nobody says. `tag`: of this version of the file; "" when it can't be told from another one. `resumable`:
    the rest can be asked for later.
    """

    start: int
    total: int | None
    tag: str
    resumable: bool
    pieces: Iterator[bytes]


class Source(Protocol):
    """Everything raises `Trouble`. `fields`: what a form asks for; `shown`: where it is, for people, without secrets."""

    key: ClassVar[str]
    label: ClassVar[str]
    about: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]

    @property
    def shown(self) -> str: ...

    @property
    def name(self) -> str:
        """The file's own name."""

    def problems(self) -> list[tuple[str, str]]:
        """(field, sentence) of what is wrong with what was said, without calling anybody."""

    def open(self, start: int, tag: str, seconds: float) -> AbstractContextManager[Opened]:
        """The file from byte `start` on if it is still the version `tag`, else from its beginning; within `seconds`."""


def opened(answer: httpcore.Response, start: int) -> Opened:
    """An answer of 200 or 206 as what it gives; raises `Trouble` for one that makes no sense."""
    said = {name.decode().lower(): value.decode("latin-1") for name, value in answer.headers}
    if said.get("content-encoding", "identity") not in ("identity", ""):
        raise Trouble("The server packed the file on the way although nobody asked it to.", permanent=True)
    tag = said.get("etag", "")
    if not tag or tag.startswith("W/"):
        tag = said.get("last-modified", "")
    tag = tag if len(tag) <= LONGEST_TAG else ""
    found = _RANGE.fullmatch(said.get("content-range", "").strip())
    if answer.status == 206 and found:
        total = int(found[3]) if found[3] != "*" else None
        return Opened(int(found[1]), total, tag, bool(tag), answer.iter_stream())
    if answer.status == 206:
        raise Trouble("The server does not say which part of the file it sent.", permanent=True)
    length = said.get("content-length", "")
    return Opened(0, int(length) if length.isdigit() else None, tag, False, answer.iter_stream())
